package dev.restante.storage.redis;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.cells.Step;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code commit.lua}: writes a commit or nothing. A head has to be exactly the expected one whether
 * or not {@code verify} is set, since looking costs nothing here; so a server that lost writes is
 * noticed by the next commit to the stream.
 */
final class CommitScript {
  private static final int COUNTS_BYTES = 28;
  private static final int PART_BYTES = 12;
  private static final byte[] ALWAYS = {'A'};
  private static final byte[] IF_VERSION = {'V'};
  private static final byte[] IF_GREATER = {'G'};

  private static final long COMMITTED = 0;
  private static final long HEAD = 1;
  private static final long DUPLICATE = 2;
  private static final long RECORD = 3;
  private static final long UNCHANGED = 4;
  private static final long CLAIMED = 5;

  private final Calls server;
  private final Keys keys;

  CommitScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /**
   * Submits that expire within the same span of time, as the scripts count them.
   *
   * @param span its number, or {@link #NEVER} if they are never swept
   */
  private record Lot(long span, List<DedupRow> rows) {
    private static final long SPAN_MILLIS = 8192;
    private static final long NEVER = -1;
    private static final int MOST_ROWS = 1000;

    static List<Lot> of(List<DedupRow> rows) {
      SortedMap<Long, List<DedupRow>> spans = new TreeMap<>();
      for (DedupRow row : rows) {
        long expiry = row.expiresAtMillis();
        long span = expiry < Bytes.EXACT ? expiry / SPAN_MILLIS : NEVER;
        spans.computeIfAbsent(span, any -> new ArrayList<>()).add(row);
      }
      List<Lot> lots = new ArrayList<>();
      spans.forEach(
          (span, all) -> {
            for (int from = 0; from < all.size(); from += MOST_ROWS) {
              lots.add(new Lot(span, all.subList(from, Math.min(all.size(), from + MOST_ROWS))));
            }
          });
      return lots;
    }
  }

  /** A value that can never be stored. */
  static final class Unfit extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Unfit(String detail) {
      super(detail);
    }
  }

  /**
   * @param claim under which it is made, if it may be under one; that ends with it
   * @return nothing if somebody else has one, so that nothing was looked at
   * @throws Unfit if a reference leads to another tenant, or to what is no log
   * @throws Utf8.Malformed if a name has no UTF-8 form
   */
  Optional<CommitOutcome> run(Commit commit, Optional<Claim> claim) {
    Call call = new Call(Script.COMMIT);
    addKeys(call, commit);
    addArguments(call, commit);
    call.key(keys.claim()).argument(claim.map(Claim::name).orElse(Claim.NONE));
    long code = (Long) server.callDurably(call, CommitScript::wrote);
    if (code == CLAIMED) {
      return Optional.empty();
    }
    if (!commit.logs().isEmpty() || !commit.inboxes().isEmpty()) {
      // Commits that append nothing do not look at claims.
      claim.ifPresent(Claim::leave);
    }
    return Optional.of(outcome(code));
  }

  /** What {@code commit.lua} is handed beside keys; {@code cell.lua} is handed the same. */
  static void addArguments(Call call, Commit commit) {
    List<Lot> lots = Lot.of(commit.dedups());
    call.argument(numbers(commit, lots));
    commit.logs().forEach(append -> add(call, append));
    commit.inboxes().forEach(append -> add(call, append));
    for (Lot lot : lots) {
      lot.rows().forEach(row -> call.argument(Rows.field(row.key())).argument(Rows.pack(row)));
    }
    commit.records().forEach(write -> add(call, write));
    addGuards(call, commit);
  }

  /**
   * Whether a commit asks for rows of one stream and submits alone, with no number left out and
   * nothing compacted: what {@code take_rows.lua} knows.
   */
  static boolean isUsual(Commit commit) {
    if (!commit.records().isEmpty()
        || !commit.guards().isEmpty()
        || commit.logs().size() + commit.inboxes().size() != 1) {
      return false;
    }
    int arguments = 2 * commit.dedups().size();
    for (LogAppend append : commit.logs()) {
      arguments += append.rows().size();
      if (isMoved(append)) {
        return false;
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      arguments += append.rows().size();
      if (gaps(append) > 0 || compacts(append)) {
        return false;
      }
    }
    return arguments < CellBatches.MOST_ARGUMENTS;
  }

  /** What {@code guard.lua} is handed. */
  static void addGuards(Call call, Commit commit) {
    commit.guards().forEach(guard -> add(call, guard));
  }

  private static Calls.Durable wrote(Object answer) {
    return wrote((long) (Long) answer);
  }

  static Calls.Durable wrote(long code) {
    if (code == COMMITTED) {
      return Calls.Durable.WRITTEN;
    }
    return code == UNCHANGED ? Calls.Durable.SEEN : Calls.Durable.NOTHING;
  }

  /** The same as the end of a step on a cell. */
  static Step step(long code) {
    return outcome(code) instanceof CommitOutcome.Committed
        ? Step.DONE
        : new Step.Ended(outcome(code));
  }

  private static CommitOutcome outcome(long code) {
    if (code == COMMITTED || code == UNCHANGED) {
      return CommitOutcome.COMMITTED;
    }
    if (code == HEAD) {
      return new Conflict(Cause.HEAD);
    }
    if (code == DUPLICATE) {
      return new Conflict(Cause.DUPLICATE);
    }
    if (code == RECORD) {
      return new Conflict(Cause.RECORD);
    }
    throw new IllegalStateException("The commit script returned " + code);
  }

  private void addKeys(Call call, Commit commit) {
    commit.logs().forEach(append -> call.key(keys.stream(append.log())));
    commit.inboxes().forEach(append -> call.key(keys.stream(append.inbox())));
    for (InboxAppend append : commit.inboxes()) {
      if (compacts(append)) {
        call.key(keys.compaction(append.inbox()));
      }
    }
    for (RecordWrite write : commit.records()) {
      StreamKey partition = write.key().partition();
      call.key(keys.records(partition)).key(keys.order(partition));
    }
    commit.guards().forEach(guard -> call.key(keys.records(guard.key().partition())));
    call.key(keys.submits()).key(keys.expiries());
  }

  private static boolean compacts(InboxAppend append) {
    for (InboxRow row : append.rows()) {
      if (row.key() != null) {
        return true;
      }
    }
    return false;
  }

  private static byte[] numbers(Commit commit, List<Lot> lots) {
    int parts = commit.logs().size() + commit.inboxes().size() + lots.size();
    ByteBuffer numbers = ByteBuffer.allocate(COUNTS_BYTES + parts * PART_BYTES);
    numbers.putInt(commit.logs().size()).putInt(commit.inboxes().size()).putInt(lots.size());
    numbers.putInt(commit.records().size()).putInt(commit.guards().size());
    numbers.putLong(commit.nowMillis());
    for (LogAppend append : commit.logs()) {
      numbers.putLong(append.expectedHead()).putInt(shape(append.rows().size(), gaps(append)));
    }
    for (InboxAppend append : commit.inboxes()) {
      numbers.putLong(append.expectedHead());
      numbers.putInt(shape(append.rows().size(), gaps(append)) + (compacts(append) ? 1 : 0));
    }
    lots.forEach(lot -> numbers.putLong(lot.span()).putInt(lot.rows().size()));
    return numbers.array();
  }

  private static int shape(int rows, int gaps) {
    return 4 * (rows + gaps) + (gaps > 0 ? 2 : 0);
  }

  private static int gaps(LogAppend append) {
    return isMoved(append) ? 1 : 0;
  }

  private static boolean isMoved(LogAppend append) {
    return append.verify() && append.rows().get(0).seq() > append.expectedHead() + 1;
  }

  /** How often numbers are left out, which they are only where an inbox is moved. */
  private static int gaps(InboxAppend append) {
    List<InboxRow> rows = append.rows();
    if (rows.get(rows.size() - 1).position() - append.expectedHead() == rows.size()) {
      return 0;
    }
    int gaps = 0;
    long before = append.expectedHead();
    for (InboxRow row : rows) {
      gaps += row.position() > before + 1 ? 1 : 0;
      before = row.position();
    }
    return gaps;
  }

  private static byte[] gap(long before, long next) {
    byte[] gap = new byte[1 + Long.BYTES];
    Bytes.putFixed(gap, 1, next - before - 1);
    return gap;
  }

  private static void add(Call call, LogAppend append) {
    if (isMoved(append)) {
      call.argument(gap(append.expectedHead(), append.rows().get(0).seq()));
    }
    append.rows().forEach(row -> call.argument(Rows.pack(row)));
  }

  private static void add(Call call, InboxAppend append) {
    long before = append.expectedHead();
    for (InboxRow row : append.rows()) {
      if (row.position() > before + 1) {
        call.argument(gap(before, row.position()));
      }
      before = row.position();
      checkReference(append.inbox(), row);
      call.argument(Rows.pack(row));
    }
  }

  static void checkReference(StreamKey inbox, InboxRow row) {
    StreamKey log = row.log();
    if (log != null && (log.kind() != Kind.LOG || !log.tenant().equals(inbox.tenant()))) {
      throw new Unfit("inbox row %d refers to no log of its tenant".formatted(row.position()));
    }
  }

  private static void add(Call call, RecordWrite write) {
    RecordKey key = write.key();
    call.argument(Rows.field(key.space(), key.id())).argument(condition(write.condition()));
    call.flag(!key.id().isEmpty()).argument(Bytes.fixed(write.expectedVersion()));
    call.argument(Rows.versioned(write.version(), write.payload()));
  }

  private static void add(Call call, Guard guard) {
    call.argument(Rows.field(guard.key().space(), guard.key().id()));
    call.argument(Bytes.fixed(guard.version()));
  }

  private static byte[] condition(Condition condition) {
    return switch (condition) {
      case ALWAYS -> ALWAYS;
      case IF_VERSION -> IF_VERSION;
      case IF_GREATER -> IF_GREATER;
    };
  }
}
