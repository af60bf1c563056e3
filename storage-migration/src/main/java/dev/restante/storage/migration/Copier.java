package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;
import dev.restante.storage.migration.Papers.Fence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the new store equal to the old one, key by key, whatever others do to either meanwhile.
 *
 * <p>What is written here is always what the old store had at a moment after this began, and on
 * condition of what the new store had before. So:
 *
 * <ul>
 *   <li>A <em>stream</em> only grows at its head and shrinks at its floor. Rows go in at the head
 *       that the new store had; of two nodes that copy the same, one meets a conflict. A row that
 *       the old store superseded meanwhile is superseded here by the same newer row, which is
 *       copied later.
 *   <li>A <em>record</em> or <em>submit</em> is looked at in the old store again after it was
 *       written, until that is as it was. If it changed later still, whoever changed it copies it
 *       after that. So the last one to write has written what is there.
 * </ul>
 *
 * <p>Everything is guarded on the fence, so that nothing of a node that was given up lands later.
 * The new store is looked at first and the old one afterwards: what the new one had then and the
 * old one has not is a difference, and not merely late.
 */
final class Copier {
  /** How often it begins again where others write too, or where there is more than fits at once. */
  private static final int ROUNDS = 64;

  /** How often a difference is looked at again. */
  private static final int COMPARISONS = 3;

  private static final int PAGES_BETWEEN = 10;
  private static final int MOST_ROWS = 2_000;
  private static final long MOST_BYTES = 4L << 20;
  private static final byte[] NOTHING = {};

  private final Store from;
  private final Store to;
  private final Counts counts;
  private final int mostRows;

  /** Is run now and then where much is compared. */
  private final Runnable meanwhile;

  private int pages;

  /** The version of the fence that copies are guarded on. */
  private long fence;

  /** Set once a copy met another fence: none will succeed any more. */
  private boolean stale;

  private int compared;

  /** What became of keys. */
  record Left(Set<Object> restless, Map<Object, String> diverged, int mended) {
    boolean isNothing() {
      return restless.isEmpty() && diverged.isEmpty();
    }
  }

  Copier(Store from, Store to, Counts counts, Runnable meanwhile) {
    this.meanwhile = meanwhile;
    this.from = from;
    this.to = to;
    this.counts = counts;
    this.mostRows = Math.min(MOST_ROWS, to.info().maxCommitRows());
  }

  void guardedOn(long version) {
    fence = version;
    stale = false;
  }

  /**
   * Copies what differs.
   *
   * @param compareEvery of how many streams the rows of one are compared; 0 for none
   */
  Left copy(Collection<?> keys, int compareEvery) {
    Work work = new Work();
    List<StreamKey> streams = those(keys, StreamKey.class);
    streams.removeIf(stream -> stream.kind() == Kind.STORE);
    List<RecordKey> records = those(keys, RecordKey.class);
    records.removeIf(Papers::isPaper);
    work.streams(streams);
    work.dedups(those(keys, DedupKey.class));
    work.records(records);
    if (compareEvery > 0) {
      for (StreamKey stream : streams) {
        if (compared++ % compareEvery == 0
            && !work.restless.contains(stream)
            && !work.diverged.containsKey(stream)) {
          work.compare(stream);
        }
      }
    }
    return new Left(work.restless, work.diverged, work.mended.size());
  }

  private static <T> List<T> those(Collection<?> keys, Class<T> kind) {
    Set<T> found = new LinkedHashSet<>();
    for (Object key : keys) {
      if (kind.isInstance(key)) {
        found.add(kind.cast(key));
      }
    }
    return new ArrayList<>(found);
  }

  /** One call. */
  private final class Work {
    private final Set<Object> restless = new LinkedHashSet<>();
    private final Map<Object, String> diverged = new LinkedHashMap<>();
    private final Set<Object> mended = new LinkedHashSet<>();

    // ---- streams -------------------------------------------------------------------------------

    void streams(List<StreamKey> keys) {
      // What the old store had at the beginning is enough: who changes it later copies it later.
      Map<StreamKey, StreamHead> goals = new HashMap<>();
      List<StreamKey> left = keys;
      for (int round = 0; round < ROUNDS && !left.isEmpty() && !stale; round++) {
        left = round(left, goals);
      }
      restless.addAll(left);
    }

    private List<StreamKey> round(List<StreamKey> keys, Map<StreamKey, StreamHead> goals) {
      List<StreamHead> there = to.heads(keys);
      List<StreamHead> here = from.heads(keys);
      List<StreamKey> left = new ArrayList<>();
      Batch batch = new Batch();
      for (int i = 0; i < keys.size(); i++) {
        StreamKey key = keys.get(i);
        StreamHead now = here.get(i);
        StreamHead goal = goals.computeIfAbsent(key, any -> now);
        if (there.get(i).head() > now.head() || there.get(i).floor() > now.floor()) {
          diverged.put(
              key, "the new store is at %s, the old one at %s".formatted(there.get(i), now));
        } else if (!reached(key, there.get(i), goal, now)) {
          mended.add(key);
          left.add(key);
          if (!batch.isFull()) {
            advance(key, there.get(i), now, batch);
          }
        }
      }
      batch.write();
      left.removeIf(diverged::containsKey);
      return left;
    }

    private boolean reached(StreamKey key, StreamHead there, StreamHead goal, StreamHead now) {
      if (there.head() < goal.head() || there.floor() < goal.floor()) {
        return false;
      }
      // At the same head, ordinal and time are the same; a log keeps them with its floor.
      if (there.head() == now.head() && !there.equals(now) && there.floor() == now.floor()) {
        diverged.put(key, "the new store is at %s, the old one at %s".formatted(there, now));
      }
      return true;
    }

    /** One step towards the old store's head: floors at once, rows with the batch. */
    private void advance(StreamKey key, StreamHead there, StreamHead now, Batch batch) {
      if (now.floor() > there.floor()) {
        long through = Math.min(now.floor(), there.head());
        if (through > there.floor()) {
          // All rows up to there, also where the head is further on: so a log may begin anew.
          if (trim(key, through) < through) {
            return;
          }
        }
        if (now.floor() <= there.head()) {
          return;
        }
      }
      if (now.head() > there.head()) {
        if (key.kind() == Kind.LOG) {
          log(key, there, now, batch);
        } else {
          inbox(key, there, now, batch);
        }
      }
    }

    /** The floor afterwards: not all rows may go at once. */
    private long trim(StreamKey key, long through) {
      return to.trim(List.of(new Trim(key, through)), MOST_ROWS).get(0);
    }

    private void log(StreamKey key, StreamHead there, StreamHead now, Batch batch) {
      if (now.head() == now.floor()) {
        LogRow last = new LogRow(now.head(), now.ordinal(), now.timeMillis(), 0, NOTHING);
        batch.add(new LogAppend(key, there.head(), true, List.of(last)));
        batch.behind.add(new Trim(key, now.floor()));
        return;
      }
      long first = Math.max(there.head(), now.floor()) + 1;
      LogSlice slice =
          from.readLog(
              new LogRange(key, first, now.head(), false, batch.rowsLeft(), batch.bytesLeft()));
      if (slice.rows().isEmpty() || slice.rows().get(0).seq() != first) {
        return; // trimmed meanwhile
      }
      batch.add(new LogAppend(key, there.head(), true, slice.rows()));
      if (first > there.head() + 1) {
        batch.behind.add(new Trim(key, first - 1));
      }
    }

    private void inbox(StreamKey key, StreamHead there, StreamHead now, Batch batch) {
      if (now.head() == now.floor()) {
        InboxRow last = new InboxRow(now.head(), 0, 0, null, 0, null, NOTHING);
        batch.add(new InboxAppend(key, there.head(), true, List.of(last)));
        batch.behind.add(new Trim(key, now.floor()));
        return;
      }
      long after = Math.max(there.head(), now.floor());
      InboxSlice slice = from.readInbox(key, after, batch.rowsLeft(), batch.bytesLeft());
      if (slice.items().isEmpty() || slice.floor() > after) {
        return; // trimmed meanwhile
      }
      List<InboxRow> rows = slice.items().stream().map(InboxItem::row).toList();
      batch.add(new InboxAppend(key, there.head(), true, rows));
      if (now.floor() > there.head()) {
        batch.behind.add(new Trim(key, now.floor()));
      }
    }

    /** What is written together. */
    private final class Batch {
      private final List<LogAppend> logs = new ArrayList<>();
      private final List<InboxAppend> inboxes = new ArrayList<>();
      private final List<Trim> behind = new ArrayList<>();
      private int rows;
      private long bytes;

      boolean isFull() {
        return rows >= mostRows || bytes >= MOST_BYTES;
      }

      int rowsLeft() {
        return mostRows - rows;
      }

      long bytesLeft() {
        return MOST_BYTES - bytes;
      }

      void add(LogAppend append) {
        logs.add(append);
        rows += append.rows().size();
        append.rows().forEach(row -> bytes += row.payload().length);
      }

      void add(InboxAppend append) {
        inboxes.add(append);
        rows += append.rows().size();
        append.rows().forEach(row -> bytes += row.payload().length);
      }

      void write() {
        if (logs.isEmpty() && inboxes.isEmpty()) {
          return;
        }
        CommitOutcome outcome = commit(logs, inboxes, List.of(), List.of());
        if (outcome instanceof CommitOutcome.Committed) {
          counts.rows(rows);
        } else if (stale) {
          return;
        } else if (logs.size() + inboxes.size() > 1) {
          logs.forEach(each -> one(each.log(), List.of(each), List.of(), each.rows().size()));
          inboxes.forEach(each -> one(each.inbox(), List.of(), List.of(each), each.rows().size()));
        } else if (outcome instanceof Refused refused) {
          StreamKey key = logs.isEmpty() ? inboxes.get(0).inbox() : logs.get(0).log();
          diverged.put(key, "the new store refuses its rows: " + refused.detail());
        }
        // Where somebody was faster, the floor is as good.
        behind.forEach(trim -> to.trim(List.of(trim), MOST_ROWS));
      }

      private void one(StreamKey key, List<LogAppend> log, List<InboxAppend> inbox, int size) {
        CommitOutcome outcome = commit(log, inbox, List.of(), List.of());
        if (outcome instanceof CommitOutcome.Committed) {
          counts.rows(size);
        } else if (outcome instanceof Refused refused) {
          diverged.put(key, "the new store refuses its rows: " + refused.detail());
        }
      }
    }

    // ---- rows ----------------------------------------------------------------------------------

    /**
     * Whether the rows are the same, as far as the new store has come. What one of them does not
     * have is excused where it was trimmed, and where the old store is ahead: a newer row may have
     * superseded it that is not copied yet.
     */
    void compare(StreamKey key) {
      String difference = difference(key);
      for (int nth = 0; difference != null && nth < COMPARISONS; nth++) {
        streams(List.of(key));
        if (restless.contains(key) || diverged.containsKey(key)) {
          return;
        }
        difference = difference(key);
      }
      if (difference != null) {
        diverged.put(key, difference);
      }
    }

    private @Nullable String difference(StreamKey key) {
      long end = to.heads(List.of(key)).get(0).head();
      return key.kind() == Kind.LOG ? differentLog(key, end) : differentInbox(key, end);
    }

    private @Nullable String differentLog(StreamKey key, long end) {
      long next = 1;
      while (next <= end) {
        page();
        LogSlice here = from.readLog(range(key, next, end));
        if (here.rows().isEmpty()) {
          return here.floor() >= end ? null : "row %d is missing here".formatted(next);
        }
        long last = here.rows().get(here.rows().size() - 1).seq();
        Map<Long, LogRow> there = new HashMap<>();
        LogSlice slice = to.readLog(range(key, here.rows().get(0).seq(), last));
        slice.rows().forEach(row -> there.put(row.seq(), row));
        for (LogRow row : here.rows()) {
          LogRow other = there.get(row.seq());
          boolean cut = slice.more() && row.seq() > slice.rows().get(slice.rows().size() - 1).seq();
          if (!cut && row.seq() > slice.floor() && (other == null || !same(row, other))) {
            return "row %d is %s".formatted(row.seq(), other == null ? "missing" : "another one");
          }
          if (cut) {
            last = row.seq() - 1;
            break;
          }
        }
        next = last + 1;
      }
      return null;
    }

    /** A page of rows is compared; there may be thousands of them in a stream. */
    private void page() {
      if (++pages % PAGES_BETWEEN == 0) {
        meanwhile.run();
      }
    }

    private LogRange range(StreamKey key, long first, long last) {
      return new LogRange(key, first, last, false, MOST_ROWS, MOST_BYTES);
    }

    private boolean isAhead(StreamKey key, long end) {
      return from.heads(List.of(key)).get(0).head() > end;
    }

    private @Nullable String differentInbox(StreamKey key, long end) {
      long after = 0;
      while (after < end) {
        page();
        // The new one first: what the old one supersedes after that is in the new one still.
        InboxSlice there = to.readInbox(key, after, MOST_ROWS, MOST_BYTES);
        InboxSlice here = from.readInbox(key, after, MOST_ROWS, MOST_BYTES);
        // The two cut their pages elsewhere.
        long last = Math.min(end, Math.min(here.scannedTo(), there.scannedTo()));
        Map<Long, InboxRow> rows = rows(here, last);
        Map<Long, InboxRow> others = rows(there, last);
        for (InboxRow row : rows.values()) {
          InboxRow other = others.remove(row.position());
          if (other == null ? row.position() > there.floor() : !same(row, other)) {
            return "row %d is %s"
                .formatted(row.position(), other == null ? "missing" : "another one");
          }
        }
        for (InboxRow row : others.values()) {
          if (row.position() > here.floor() && !(row.key() != null && isAhead(key, end))) {
            return "row %d is in the new store only".formatted(row.position());
          }
        }
        after = last;
      }
      return null;
    }

    private static Map<Long, InboxRow> rows(InboxSlice slice, long last) {
      Map<Long, InboxRow> rows = new LinkedHashMap<>();
      for (InboxItem item : slice.items()) {
        if (item.row().position() <= last) {
          rows.put(item.row().position(), item.row());
        }
      }
      return rows;
    }

    // ---- submits -------------------------------------------------------------------------------

    void dedups(List<DedupKey> keys) {
      List<DedupKey> left = keys;
      for (int round = 0; round < ROUNDS && !left.isEmpty() && !stale; round++) {
        Map<DedupKey, DedupRow> there = to.dedups(left);
        Map<DedupKey, DedupRow> here = from.dedups(left);
        List<DedupRow> writes = new ArrayList<>();
        for (DedupKey key : left) {
          DedupRow row = here.get(key);
          // One that is not there any more has expired.
          if (row != null && !same(row, there.get(key))) {
            writes.add(
                new DedupRow(
                    key,
                    row.draftHash(),
                    row.seq(),
                    row.timeMillis(),
                    row.expiresAtMillis(),
                    true));
          }
        }
        left = writes.stream().map(DedupRow::key).toList();
        mended.addAll(left);
        for (int at = 0; at < writes.size(); at += mostRows) {
          List<DedupRow> some = writes.subList(at, Math.min(writes.size(), at + mostRows));
          if (commit(List.of(), List.of(), some, List.of()) instanceof CommitOutcome.Committed) {
            counts.submits(some.size());
          }
        }
      }
      restless.addAll(left);
    }

    // ---- records -------------------------------------------------------------------------------

    void records(List<RecordKey> keys) {
      List<RecordKey> left = keys;
      for (int round = 0; round < ROUNDS && !left.isEmpty() && !stale; round++) {
        Map<RecordKey, StoredRecord> there = to.records(left);
        Map<RecordKey, StoredRecord> here = from.records(left);
        List<RecordWrite> writes = new ArrayList<>();
        for (RecordKey key : left) {
          StoredRecord wanted = here.get(key);
          StoredRecord found = there.get(key);
          if (!same(wanted, found)) {
            writes.add(
                new RecordWrite(
                    key,
                    Condition.IF_VERSION,
                    found == null ? 0 : found.version(),
                    wanted == null ? 0 : wanted.version(),
                    wanted == null ? NOTHING : wanted.payload()));
          }
        }
        left = new ArrayList<>(writes.stream().map(RecordWrite::key).toList());
        mended.addAll(left);
        write(writes);
        left.removeIf(diverged::containsKey);
      }
      restless.addAll(left);
    }

    private void write(List<RecordWrite> writes) {
      int at = 0;
      while (at < writes.size()) {
        int end = at;
        long bytes = 0;
        while (end < writes.size() && end - at < mostRows && (end == at || bytes < MOST_BYTES)) {
          bytes += writes.get(end++).payload().length;
        }
        put(writes.subList(at, end));
        at = end;
      }
    }

    private void put(List<RecordWrite> some) {
      CommitOutcome outcome = commit(List.of(), List.of(), List.of(), some);
      if (outcome instanceof CommitOutcome.Committed) {
        counts.records(some.size());
      } else if (some.size() > 1 && !stale) {
        some.forEach(each -> put(List.of(each)));
      } else if (outcome instanceof Refused refused) {
        diverged.put(some.get(0).key(), "the new store refuses it: " + refused.detail());
      }
    }
  }

  private CommitOutcome commit(
      List<LogAppend> logs,
      List<InboxAppend> inboxes,
      List<DedupRow> dedups,
      List<RecordWrite> records) {
    CommitOutcome outcome =
        to.commit(
            new Commit(
                Long.MAX_VALUE,
                false,
                logs,
                inboxes,
                dedups,
                records,
                List.of(new Guard(Papers.FENCE, fence))));
    if (outcome instanceof CommitOutcome.Conflict) {
      stale = Fence.of(to.records(List.of(Papers.FENCE)).get(Papers.FENCE)).version() != fence;
    }
    return outcome;
  }

  private static boolean same(LogRow one, LogRow other) {
    return one.seq() == other.seq()
        && one.ordinal() == other.ordinal()
        && one.timeMillis() == other.timeMillis()
        && one.format() == other.format()
        && Arrays.equals(one.payload(), other.payload());
  }

  private static boolean same(InboxRow one, InboxRow other) {
    return one.position() == other.position()
        && one.type() == other.type()
        && one.format() == other.format()
        && Objects.equals(one.log(), other.log())
        && one.seq() == other.seq()
        && Objects.equals(one.key(), other.key())
        && Arrays.equals(one.payload(), other.payload());
  }

  private static boolean same(DedupRow one, @Nullable DedupRow other) {
    return other != null
        && one.draftHash() == other.draftHash()
        && one.seq() == other.seq()
        && one.timeMillis() == other.timeMillis()
        && one.expiresAtMillis() == other.expiresAtMillis();
  }

  private static boolean same(@Nullable StoredRecord one, @Nullable StoredRecord other) {
    if (one == null || other == null) {
      return one == null && other == null;
    }
    return one.version() == other.version() && Arrays.equals(one.payload(), other.payload());
  }
}
