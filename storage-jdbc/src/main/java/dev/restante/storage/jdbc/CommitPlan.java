package dev.restante.storage.jdbc;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StreamKey;
import dev.restante.storage.jdbc.Step.Expect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns a commit into steps, in the order that makes it safe on a database whose statements each
 * see what was committed before they began (READ COMMITTED), with other nodes at work.
 *
 * <ol>
 *   <li>Guards and what they guard: a commit with guards holds shared locks, an exclusive one holds
 *       those of the records that it changes alone (see {@link GuardLocks}). They come first, so
 *       that whoever waited for it sees, in every later statement, what the other one committed.
 *   <li>Streams are looked at: do their numbers still stand for them? Only where a head is to be
 *       verified, or records change that others guard: a caller who takes heads on trust saw them
 *       in this database, and the dialect notices another one.
 *   <li>Dedup, log and inbox rows are inserted, in this order of tables and sorted by key within
 *       each, the same on every node: so two nodes wait for each other in one direction only. The
 *       primary key is the fence: of two appends at one head, the second waits for the first to end
 *       and then fails, or goes on if the first was rolled back.
 *   <li>Only then the streams are examined. A key fences numbers that are there; it does not fence
 *       numbers that were there and were removed. Whoever removes a row (a trim, or the compaction
 *       of a later append) writes the number down in the same transaction ({@code floor.removed}).
 *       An append at a stale head either meets the row and fails; or meets it while its remover is
 *       under way, waits for the remover's end, and then (the check being a statement of its own,
 *       begun after the insert) sees the number written down; or comes after the remover and sees
 *       the number at once. Were the check made before the insert, a remover could pass in between
 *       and both would be right by their own lights.
 *   <li>Where a moved stream leaves numbers out behind its head, the row that follows the head was
 *       inserted as a fence, like any other; it goes again now, and what is left out is written
 *       down like rows that were removed. So whoever comes second at that head, moving or not,
 *       meets the fence or the note.
 *   <li>Guards and changes to records; rows superseded by keyed rows go, and are written down.
 * </ol>
 */
final class CommitPlan {
  private static final byte[] NOTHING = {};
  private static final Comparator<Placed<?>> BY_ID = Comparator.comparingLong(Placed::id);

  private final Commit commit;
  private final Numbers numbers;
  private final GuardCheck check;
  private final List<Step> steps = new ArrayList<>();

  private record Placed<T>(long id, T what) {}

  /** The row that follows the head of a log which is moved and begins further on. */
  private static boolean isFenced(LogAppend append) {
    return append.verify() && append.rows().get(0).seq() > append.expectedHead() + 1;
  }

  /** The same of an inbox. */
  private static boolean isFenced(InboxAppend append) {
    return append.verify() && append.rows().get(0).position() > append.expectedHead() + 1;
  }

  private static LogRow fence(LogAppend append) {
    return new LogRow(append.expectedHead() + 1, 0, 0, 0, NOTHING);
  }

  private static InboxRow fence(InboxAppend append) {
    return new InboxRow(append.expectedHead() + 1, 0, 0, null, 0, null, NOTHING);
  }

  /** The rows to insert. */
  private static List<LogRow> rows(LogAppend append) {
    return isFenced(append) ? behind(fence(append), append.rows()) : append.rows();
  }

  private static List<InboxRow> rows(InboxAppend append) {
    return isFenced(append) ? behind(fence(append), append.rows()) : append.rows();
  }

  private static <R> List<R> behind(R fence, List<R> rows) {
    List<R> all = new ArrayList<>(rows.size() + 1);
    all.add(fence);
    all.addAll(rows);
    return all;
  }

  private record PlacedDedup(byte[] clientId, long senderId, long logId, DedupRow row) {
    static final Comparator<PlacedDedup> ORDER =
        Comparator.comparing(PlacedDedup::clientId, Arrays::compareUnsigned)
            .thenComparingLong(PlacedDedup::senderId)
            .thenComparingLong(PlacedDedup::logId);
  }

  private record PlacedRecord(long id, String space, byte[] name, RecordWrite write) {
    static final Comparator<PlacedRecord> ORDER =
        Comparator.comparingLong(PlacedRecord::id)
            .thenComparing(PlacedRecord::space)
            .thenComparing(PlacedRecord::name, Arrays::compareUnsigned);
  }

  private CommitPlan(Commit commit, Numbers numbers, GuardCheck check) {
    this.commit = commit;
    this.numbers = numbers;
    this.check = check;
  }

  /**
   * The steps of a commit. If a number was missing, the steps are worth nothing: {@link
   * Numbers#takeMissing()} tells.
   */
  static List<Step> steps(Commit commit, Numbers numbers, GuardCheck check) {
    check.reset();
    CommitPlan plan = new CommitPlan(commit, numbers, check);
    plan.locks();
    plan.strays();
    plan.dedups();
    List<Placed<LogAppend>> logs = plan.placeLogs();
    List<Placed<InboxAppend>> inboxes = plan.placeInboxes();
    plan.logRows(logs);
    plan.inboxRows(inboxes);
    plan.examineStreams(logs, inboxes);
    plan.fences(logs, inboxes);
    plan.guards();
    plan.records();
    plan.compaction(inboxes);
    return plan.steps;
  }

  /** The sender's id stands for him in the dedup table; it is the number of his inbox. */
  static StreamKey sender(DedupKey key) {
    return StreamKey.inbox(key.log().tenant(), key.sender());
  }

  static Optional<Refused> refusal(Commit commit, int maxPayloadBytes) {
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        if (row.payload().length > maxPayloadBytes) {
          return tooLarge("log row " + row.seq(), row.payload(), maxPayloadBytes);
        }
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      for (InboxRow row : append.rows()) {
        if (row.payload().length > maxPayloadBytes) {
          return tooLarge("inbox row " + row.position(), row.payload(), maxPayloadBytes);
        }
      }
    }
    for (RecordWrite write : commit.records()) {
      if (write.payload().length > maxPayloadBytes) {
        return tooLarge("record in space " + write.key().space(), write.payload(), maxPayloadBytes);
      }
    }
    return Optional.empty();
  }

  private static Optional<Refused> tooLarge(String what, byte[] payload, int maxPayloadBytes) {
    return Optional.of(
        new Refused(
            "The payload of %s has %d bytes, more than %d"
                .formatted(what, payload.length, maxPayloadBytes)));
  }

  private void add(Op op, Columns rows, Expect expect, Cause cause) {
    if (rows.count() > 0) {
      steps.add(new Step(op, rows, expect, cause));
    }
  }

  private void locks() {
    GuardLocks locks = new GuardLocks();
    for (Guard guard : commit.guards()) {
      locks.share(numbers.of(guard.key().partition()));
    }
    if (commit.exclusive()) {
      for (RecordWrite write : commit.records()) {
        locks.claim(numbers.of(write.key().partition()));
      }
    }
    add(Op.LOCK_GUARDS, locks.columns(), Expect.ANYTHING, Cause.UNSPECIFIED);
    // From here on the counts stand still.
    if (check.goesByCounts()) {
      add(Op.FIND_COUNTED, locks.shared(check), Expect.NO_ROW, Cause.RECORD);
    }
    add(Op.COUNT_CHANGE, locks.claimed(), Expect.ANYTHING, Cause.RECORD);
  }

  /**
   * The numbers of all streams that the commit names, if any of them is in doubt. At head 0, too: a
   * log of which nothing is left, its number included, has that head. And where nothing is
   * appended: there is no head then that could be found wrong, and a cursor would be raised for
   * somebody else.
   */
  private void strays() {
    boolean appendsNothing = commit.logs().isEmpty() && commit.inboxes().isEmpty();
    if (commit.exclusive()
        || (appendsNothing && !commit.records().isEmpty())
        || commit.logs().stream().anyMatch(LogAppend::verify)
        || commit.inboxes().stream().anyMatch(InboxAppend::verify)) {
      steps.add(Streams.notStray(named(), numbers));
    }
  }

  private Set<StreamKey> named() {
    Set<StreamKey> named = new LinkedHashSet<>();
    commit.logs().forEach(append -> named.add(append.log()));
    for (InboxAppend append : commit.inboxes()) {
      named.add(append.inbox());
      for (InboxRow row : append.rows()) {
        StreamKey log = row.log();
        if (log != null) {
          named.add(log);
        }
      }
    }
    for (DedupRow row : commit.dedups()) {
      named.add(row.key().log());
      named.add(sender(row.key()));
    }
    commit.records().forEach(write -> named.add(write.key().partition()));
    commit.guards().forEach(guard -> named.add(guard.key().partition()));
    return named;
  }

  private void dedups() {
    if (commit.dedups().isEmpty()) {
      return;
    }
    List<PlacedDedup> placed = new ArrayList<>(commit.dedups().size());
    for (DedupRow row : commit.dedups()) {
      DedupKey key = row.key();
      placed.add(
          new PlacedDedup(
              ClientIdBytes.encode(key.clientId()),
              numbers.of(sender(key)),
              numbers.of(key.log()),
              row));
    }
    placed.sort(PlacedDedup.ORDER);
    forget(placed);
    remember(placed);
  }

  private void forget(List<PlacedDedup> placed) {
    List<PlacedDedup> expired =
        placed.stream().filter(dedup -> dedup.row().replacesExpired()).toList();
    int count = expired.size();
    byte[][] clientId = new byte[count][];
    long[] senderId = new long[count];
    long[] logId = new long[count];
    long[] now = new long[count];
    for (int i = 0; i < count; i++) {
      clientId[i] = expired.get(i).clientId();
      senderId[i] = expired.get(i).senderId();
      logId[i] = expired.get(i).logId();
      now[i] = commit.nowMillis();
    }
    add(
        Op.FORGET_EXPIRED,
        new Columns(count, clientId, senderId, logId, now),
        Expect.ANYTHING,
        Cause.DUPLICATE);
  }

  private void remember(List<PlacedDedup> placed) {
    int count = placed.size();
    byte[][] clientId = new byte[count][];
    long[] senderId = new long[count];
    long[] logId = new long[count];
    long[] hash = new long[count];
    long[] seq = new long[count];
    long[] time = new long[count];
    long[] expires = new long[count];
    for (int i = 0; i < count; i++) {
      PlacedDedup dedup = placed.get(i);
      clientId[i] = dedup.clientId();
      senderId[i] = dedup.senderId();
      logId[i] = dedup.logId();
      hash[i] = dedup.row().draftHash();
      seq[i] = dedup.row().seq();
      time[i] = dedup.row().timeMillis();
      expires[i] = dedup.row().expiresAtMillis();
    }
    add(
        Op.REMEMBER,
        new Columns(count, clientId, senderId, logId, hash, seq, time, expires),
        Expect.ANYTHING,
        Cause.DUPLICATE);
  }

  private List<Placed<LogAppend>> placeLogs() {
    List<Placed<LogAppend>> placed = new ArrayList<>(commit.logs().size());
    commit.logs().forEach(append -> placed.add(new Placed<>(numbers.of(append.log()), append)));
    placed.sort(BY_ID);
    return placed;
  }

  private List<Placed<InboxAppend>> placeInboxes() {
    List<Placed<InboxAppend>> placed = new ArrayList<>(commit.inboxes().size());
    commit
        .inboxes()
        .forEach(append -> placed.add(new Placed<>(numbers.of(append.inbox()), append)));
    placed.sort(BY_ID);
    return placed;
  }

  private void logRows(List<Placed<LogAppend>> logs) {
    int count = 0;
    for (Placed<LogAppend> placed : logs) {
      count += rows(placed.what()).size();
    }
    long[] id = new long[count];
    long[] seq = new long[count];
    long[] ordinal = new long[count];
    long[] time = new long[count];
    short[] format = new short[count];
    byte[][] payload = new byte[count][];
    int i = 0;
    for (Placed<LogAppend> placed : logs) {
      for (LogRow row : rows(placed.what())) {
        id[i] = placed.id();
        seq[i] = row.seq();
        ordinal[i] = row.ordinal();
        time[i] = row.timeMillis();
        format[i] = (short) row.format();
        payload[i] = row.payload();
        i++;
      }
    }
    add(
        Op.APPEND_LOG,
        new Columns(count, id, seq, ordinal, time, format, payload),
        Expect.ANYTHING,
        Cause.HEAD);
  }

  private void inboxRows(List<Placed<InboxAppend>> inboxes) {
    int count = 0;
    for (Placed<InboxAppend> placed : inboxes) {
      count += rows(placed.what()).size();
    }
    long[] id = new long[count];
    long[] position = new long[count];
    long[] logId = new long[count];
    long[] seq = new long[count];
    short[] type = new short[count];
    short[] format = new short[count];
    byte[][] key = new byte[count][];
    byte[][] payload = new byte[count][];
    int i = 0;
    for (Placed<InboxAppend> placed : inboxes) {
      for (InboxRow row : rows(placed.what())) {
        StreamKey log = row.log();
        id[i] = placed.id();
        position[i] = row.position();
        logId[i] = log == null ? 0 : numbers.of(log);
        seq[i] = row.seq();
        type[i] = (short) row.type();
        format[i] = (short) row.format();
        key[i] = encoded(row.key());
        payload[i] = row.payload().length == 0 ? null : row.payload();
        i++;
      }
    }
    add(
        Op.APPEND_INBOX,
        new Columns(count, id, position, logId, seq, type, format, key, payload),
        Expect.ANYTHING,
        Cause.HEAD);
  }

  private static byte @Nullable [] encoded(@Nullable String key) {
    return key == null ? null : Utf8.encode(key);
  }

  private void examineStreams(List<Placed<LogAppend>> logs, List<Placed<InboxAppend>> inboxes) {
    int count = logs.size() + inboxes.size();
    long[] id = new long[count];
    long[] head = new long[count];
    int i = 0;
    for (Placed<LogAppend> placed : logs) {
      id[i] = placed.id();
      head[i++] = placed.what().expectedHead();
    }
    for (Placed<InboxAppend> placed : inboxes) {
      id[i] = placed.id();
      head[i++] = placed.what().expectedHead();
    }
    add(Op.FIND_REMOVED, new Columns(count, id, head), Expect.NO_ROW, Cause.HEAD);
    verify(
        Op.FIND_HEADLESS_LOG,
        logs.stream()
            .filter(placed -> placed.what().verify() && placed.what().expectedHead() != 0)
            .map(placed -> new Placed<>(placed.id(), placed.what().expectedHead()))
            .toList());
    verify(
        Op.FIND_HEADLESS_INBOX,
        inboxes.stream()
            .filter(placed -> placed.what().verify() && placed.what().expectedHead() != 0)
            .map(placed -> new Placed<>(placed.id(), placed.what().expectedHead()))
            .toList());
  }

  private void verify(Op op, List<Placed<Long>> heads) {
    add(op, numbersOf(heads), Expect.NO_ROW, Cause.HEAD);
  }

  /** Streams and a number of each. */
  private static Columns numbersOf(List<Placed<Long>> placed) {
    int count = placed.size();
    long[] id = new long[count];
    long[] number = new long[count];
    for (int i = 0; i < count; i++) {
      id[i] = placed.get(i).id();
      number[i] = placed.get(i).what();
    }
    return new Columns(count, id, number);
  }

  /** The fences of moved streams go, and what these leave out is written down as if removed. */
  private void fences(List<Placed<LogAppend>> logs, List<Placed<InboxAppend>> inboxes) {
    List<Placed<Long>> leftOut = new ArrayList<>();
    List<Placed<Long>> ofLogs = new ArrayList<>();
    List<Placed<Long>> ofInboxes = new ArrayList<>();
    for (Placed<LogAppend> placed : logs) {
      LogAppend append = placed.what();
      if (isFenced(append)) {
        leftOut.add(new Placed<>(placed.id(), append.rows().get(0).seq() - 1));
        ofLogs.add(new Placed<>(placed.id(), append.expectedHead() + 1));
      }
    }
    for (Placed<InboxAppend> placed : inboxes) {
      InboxAppend append = placed.what();
      long last = lastLeftOut(append);
      if (last > 0) {
        leftOut.add(new Placed<>(placed.id(), last));
      }
      if (isFenced(append)) {
        ofInboxes.add(new Placed<>(placed.id(), append.expectedHead() + 1));
      }
    }
    leftOut.sort(BY_ID);
    add(Op.NOTE_SKIPPED, numbersOf(leftOut), Expect.ANYTHING, Cause.HEAD);
    add(Op.REMOVE_LOG_ROW, numbersOf(ofLogs), Expect.ANYTHING, Cause.HEAD);
    add(Op.REMOVE_INBOX_ROW, numbersOf(ofInboxes), Expect.ANYTHING, Cause.HEAD);
  }

  /** The greatest number that the rows of a moved inbox leave out; 0 if there is none. */
  private static long lastLeftOut(InboxAppend append) {
    List<InboxRow> rows = append.rows();
    if (!append.verify()
        || rows.get(rows.size() - 1).position() - append.expectedHead() == rows.size()) {
      return 0;
    }
    for (int i = rows.size() - 1; i >= 0; i--) {
      long position = rows.get(i).position();
      long before = i == 0 ? append.expectedHead() : rows.get(i - 1).position();
      if (position > before + 1) {
        return position - 1;
      }
    }
    return 0;
  }

  private void guards() {
    List<Guard> looks = new ArrayList<>();
    for (Guard guard : commit.guards()) {
      if (check.needsLook(guard, GuardLocks.of(numbers.of(guard.key().partition())))) {
        looks.add(guard);
      }
    }
    int count = looks.size();
    long[] id = new long[count];
    String[] space = new String[count];
    byte[][] name = new byte[count][];
    long[] version = new long[count];
    int i = 0;
    for (Guard guard : looks) {
      RecordKey key = guard.key();
      id[i] = numbers.of(key.partition());
      space[i] = key.space();
      name[i] = Utf8.encode(key.id());
      version[i] = guard.version();
      i++;
    }
    add(
        Op.FIND_CHANGED_RECORD,
        new Columns(count, id, space, name, version),
        Expect.NO_ROW,
        Cause.RECORD);
  }

  private void records() {
    if (commit.records().isEmpty()) {
      return;
    }
    List<PlacedRecord> placed = new ArrayList<>(commit.records().size());
    for (RecordWrite write : commit.records()) {
      RecordKey key = write.key();
      placed.add(
          new PlacedRecord(numbers.of(key.partition()), key.space(), Utf8.encode(key.id()), write));
    }
    placed.sort(PlacedRecord.ORDER);
    if (placed.size() > 1) {
      // The statements below go by kind of change; this one takes the locks in order of keys.
      add(Op.LOCK_RECORDS, keys(placed), Expect.ANYTHING, Cause.RECORD);
    }
    List<PlacedRecord> absent = those(placed, Condition.IF_VERSION, w -> w.expectedVersion() == 0);
    List<PlacedRecord> present = those(placed, Condition.IF_VERSION, w -> w.expectedVersion() != 0);
    List<PlacedRecord> always = those(placed, Condition.ALWAYS, w -> true);
    add(Op.ADD_RECORD, values(those(absent, w -> w.version() != 0)), Expect.ANYTHING, Cause.RECORD);
    add(
        Op.FIND_CHANGED_RECORD,
        expected(those(absent, w -> w.version() == 0)),
        Expect.NO_ROW,
        Cause.RECORD);
    add(
        Op.REPLACE_RECORD,
        valuesIf(those(present, w -> w.version() != 0)),
        Expect.EVERY_ROW,
        Cause.RECORD);
    add(
        Op.REMOVE_RECORD_VERSION,
        expected(those(present, w -> w.version() == 0)),
        Expect.EVERY_ROW,
        Cause.RECORD);
    add(
        Op.RAISE_RECORD,
        values(those(placed, Condition.IF_GREATER, w -> w.version() != 0)),
        Expect.ANYTHING,
        Cause.RECORD);
    add(Op.SET_RECORD, values(those(always, w -> w.version() != 0)), Expect.ANYTHING, Cause.RECORD);
    add(
        Op.REMOVE_RECORD,
        keys(those(always, w -> w.version() == 0)),
        Expect.ANYTHING,
        Cause.RECORD);
  }

  private static List<PlacedRecord> those(
      List<PlacedRecord> placed, Condition condition, Predicate<RecordWrite> test) {
    return those(placed, write -> write.condition() == condition && test.test(write));
  }

  private static List<PlacedRecord> those(List<PlacedRecord> placed, Predicate<RecordWrite> test) {
    return placed.stream().filter(record -> test.test(record.write())).toList();
  }

  private static Columns keys(List<PlacedRecord> placed) {
    return new Columns(placed.size(), ids(placed), spaces(placed), names(placed));
  }

  private static Columns expected(List<PlacedRecord> placed) {
    return new Columns(
        placed.size(), ids(placed), spaces(placed), names(placed), expectedVersions(placed));
  }

  private static Columns values(List<PlacedRecord> placed) {
    return new Columns(
        placed.size(),
        ids(placed),
        spaces(placed),
        names(placed),
        versions(placed),
        payloads(placed));
  }

  private static Columns valuesIf(List<PlacedRecord> placed) {
    return new Columns(
        placed.size(),
        versions(placed),
        payloads(placed),
        ids(placed),
        spaces(placed),
        names(placed),
        expectedVersions(placed));
  }

  private static long[] ids(List<PlacedRecord> placed) {
    return placed.stream().mapToLong(PlacedRecord::id).toArray();
  }

  private static String[] spaces(List<PlacedRecord> placed) {
    return placed.stream().map(PlacedRecord::space).toArray(String[]::new);
  }

  private static byte[][] names(List<PlacedRecord> placed) {
    return placed.stream().map(PlacedRecord::name).toArray(byte[][]::new);
  }

  private static long[] versions(List<PlacedRecord> placed) {
    return placed.stream().mapToLong(record -> record.write().version()).toArray();
  }

  private static long[] expectedVersions(List<PlacedRecord> placed) {
    return placed.stream().mapToLong(record -> record.write().expectedVersion()).toArray();
  }

  private static byte[][] payloads(List<PlacedRecord> placed) {
    return placed.stream().map(record -> record.write().payload()).toArray(byte[][]::new);
  }

  /**
   * Rows that keyed rows of this commit supersede, also within the commit. Every row is inserted
   * first, even one superseded at once: it is what fences its number.
   */
  private void compaction(List<Placed<InboxAppend>> inboxes) {
    List<Placed<InboxRow>> keyed = new ArrayList<>();
    for (Placed<InboxAppend> placed : inboxes) {
      if (anyKeyed(placed.what().rows())) {
        newestByKey(placed.what().rows()).forEach(row -> keyed.add(new Placed<>(placed.id(), row)));
      }
    }
    if (keyed.isEmpty()) {
      return;
    }
    int count = keyed.size();
    long[] id = new long[count];
    byte[][] key = new byte[count][];
    long[] position = new long[count];
    for (int i = 0; i < count; i++) {
      id[i] = keyed.get(i).id();
      key[i] = encoded(keyed.get(i).what().key());
      position[i] = keyed.get(i).what().position();
    }
    Columns rows = new Columns(count, id, key, position);
    add(Op.NOTE_REMOVED, rows, Expect.ANYTHING, Cause.HEAD);
    add(Op.COMPACT, rows, Expect.ANYTHING, Cause.HEAD);
  }

  private static boolean anyKeyed(List<InboxRow> rows) {
    for (InboxRow row : rows) {
      if (row.key() != null) {
        return true;
      }
    }
    return false;
  }

  private static List<InboxRow> newestByKey(List<InboxRow> rows) {
    Map<String, InboxRow> newest = new HashMap<>();
    for (InboxRow row : rows) {
      if (row.key() != null) {
        newest.put(row.key(), row);
      }
    }
    return newest.values().stream().sorted(Comparator.comparingLong(InboxRow::position)).toList();
  }
}
