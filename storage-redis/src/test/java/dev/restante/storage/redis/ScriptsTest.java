package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static dev.restante.storage.redis.Commits.keyed;
import static dev.restante.storage.redis.Commits.note;
import static dev.restante.storage.redis.Commits.remembered;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each script by itself: what it leaves in Redis, and what no rule of the contract sees. */
final class ScriptsTest {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final StreamKey LOG = StreamKey.log("tenant", "talk");
  private static final StreamKey INBOX = StreamKey.inbox("tenant", "bob");
  private static final RecordKey RECORD = new RecordKey(INBOX, "cursor", "phone");
  private static final long ANY_SIZE = Long.MAX_VALUE;

  private static RedisClient client;
  private static StatefulRedisConnection<byte[], byte[]> connection;

  private RedisStore store;
  private String prefix;
  private Keys keys;

  @BeforeAll
  static void connect() {
    client = RedisClient.create(RedisProcess.shared().uri());
    client.setOptions(RedisStorage.clientOptions());
    connection = client.connect(ByteArrayCodec.INSTANCE);
  }

  @AfterAll
  static void disconnect() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
  }

  @BeforeEach
  void open() {
    prefix = "scripts" + PLACES.incrementAndGet();
    keys = new Keys(prefix);
    store =
        (RedisStore)
            RedisStorage.on(client)
                .withPrefix(prefix)
                .withConnections(1)
                .open(new StoreContext(Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    store.close();
  }

  // ---- commit.lua -------------------------------------------------------------------------------

  @Test
  void commitWritesNothingWhateverIsInConflict() {
    committed(
        commit()
            .log(LOG, 1, 2)
            .dedup(remembered(LOG, "known", Commits.NOW + 1))
            .record(RecordWrite.set(RECORD, 5, Commits.bytes("five"))));
    List<byte[]> before = dump();

    conflict(Cause.HEAD, everything(2).log(StreamKey.log("tenant", "other"), 2, 2));
    conflict(Cause.HEAD, everything(1));
    conflict(Cause.HEAD, everything(3));
    conflict(Cause.DUPLICATE, everything(2).dedup(remembered(LOG, "known", 9_999)));
    conflict(Cause.RECORD, everything(2).record(RecordWrite.replace(RECORD, 4, 6, new byte[0])));
    conflict(Cause.RECORD, everything(2).guard(new Guard(RECORD, 6)));
    assertThat(dump()).containsExactlyElementsOf(before);

    committed(everything(2).guard(new Guard(RECORD, 5)));
  }

  /** A commit of every kind of row, on a log with so many rows. */
  private static Commits everything(long head) {
    return commit()
        .log(LOG, head + 1, head + 3)
        .inbox(INBOX, keyed(1, "a"), keyed(2, "a"), note(3))
        .dedup(remembered(LOG, "new", 9_999))
        .record(RecordWrite.set(new RecordKey(INBOX, "cursor", "tablet"), 1, new byte[0]));
  }

  /** A head that is lower than it was is noticed although nobody asked to verify it. */
  @Test
  void commitNoticesLostRows() {
    committed(commit().log(LOG, 1, 5).inbox(INBOX, note(1), note(2)));
    redis().ltrim(keys.stream(LOG), 0, 3);

    conflict(Cause.HEAD, commit().log(LOG, 6, 6));
    committed(commit().log(LOG, 4, 4));
    redis().del(keys.stream(INBOX));
    conflict(Cause.HEAD, commit().inbox(INBOX, note(3)));
  }

  @Test
  void commitKeepsNoHolesInFrontOfTheFirstRow() {
    committed(commit().inbox(INBOX, keyed(1, "a"), keyed(2, "b"), note(3)));
    for (long n = 4; n <= 203; n += 2) {
      committed(commit().inbox(INBOX, keyed(n, "a"), keyed(n + 1, "b")));
    }
    // behind the header: the note, 198 holes behind it, and a row for each key
    assertThat(redis().llen(keys.stream(INBOX))).isEqualTo(1 + 1 + 198 + 2);
    assertThat(positions(read(0, 10).items())).containsExactly(3L, 202L, 203L);
    assertThat(read(0, 10).floor()).isZero();
    assertThat(heads(INBOX)).isEqualTo(new StreamHead(203, 0, 0, 0));

    store.trim(List.of(new Trim(INBOX, 3)), 10);
    committed(commit().inbox(INBOX, keyed(204, "c")));
    committed(commit().inbox(INBOX, keyed(205, "a")));
    assertThat(redis().llen(keys.stream(INBOX))).isEqualTo(1 + 3);
    assertThat(positions(read(0, 10).items())).containsExactly(203L, 204L, 205L);
  }

  /** More holes than one step drops: the next one goes on. */
  @Test
  void commitDropsManyHolesByTurns() {
    InboxRow[] rows = new InboxRow[2_500];
    rows[0] = keyed(1, "first");
    for (int i = 1; i < rows.length; i++) {
      rows[i] = keyed(i + 1L, "same");
    }
    committed(commit().inbox(INBOX, rows));
    assertThat(redis().llen(keys.stream(INBOX))).isEqualTo(1 + 2_500);
    for (int turn = 1; turn <= 3; turn++) {
      committed(commit().inbox(INBOX, keyed(2_500L + turn, "first")));
      assertThat(positions(read(0, 10).items())).containsExactly(2_500L, 2_500L + turn);
    }
    assertThat(redis().llen(keys.stream(INBOX))).isEqualTo(1 + 4);
  }

  @Test
  void commitTakesAsManyRowsAsAreDeclared() {
    int most = store.info().maxCommitRows();
    int each = most / 5;
    Commits all = commit().log(LOG, 1, each);
    InboxRow[] rows = new InboxRow[each];
    for (int i = 0; i < each; i++) {
      rows[i] = keyed(i + 1L, "key " + i);
      all.inbox(StreamKey.inbox("tenant", "user " + i), note(1));
      all.dedup(remembered(LOG, "id " + i, 5_000 + i));
      all.record(
          RecordWrite.set(new RecordKey(INBOX, "talk", "id " + i), i + 1L, Commits.bytes("x")));
    }
    committed(all.inbox(INBOX, rows));
    assertThat(heads(LOG).head()).isEqualTo(each);
    assertThat(heads(INBOX).head()).isEqualTo(each);
    assertThat(store.list(INBOX, "talk", "", most)).hasSize(each);
  }

  @Test
  void commitKeepsWhatIsNeverSweptOutOfTheIndex() {
    committed(commit().dedup(remembered(LOG, "id", 500)));
    assertThat(redis().zcard(keys.expiries())).isEqualTo(1);
    committed(commit().dedup(remembered(LOG, "id", Long.MAX_VALUE)));
    assertThat(store.removeExpiredDedups(Long.MAX_VALUE - 1, 10)).isZero();
    assertThat(redis().zcard(keys.expiries())).isZero();
    assertThat(store.dedups(List.of(new DedupKey(LOG, "alice", "id")))).hasSize(1);
    assertThat(redis().zcard(keys.expiries())).isZero();
  }

  /** A record with an empty id is never listed, so it takes no room in the order. */
  @Test
  void commitOrdersOnlyRecordsThatAreListed() {
    committed(commit().record(RecordWrite.set(new RecordKey(INBOX, "devices", ""), 1, bytes())));
    assertThat(redis().exists(keys.order(INBOX))).isZero();
    committed(commit().record(RecordWrite.set(RECORD, 1, bytes())));
    assertThat(redis().zcard(keys.order(INBOX))).isEqualTo(1);
    committed(commit().record(RecordWrite.remove(RECORD)));
    assertThat(redis().exists(keys.order(INBOX))).isZero();
  }

  /** Versions above 2^53, where Lua's numbers cannot tell neighbours apart. */
  @Test
  void commitComparesNumbersExactly() {
    long high = Long.MAX_VALUE - 1;
    committed(commit().record(RecordWrite.set(RECORD, high, bytes())));
    conflict(Cause.RECORD, commit().guard(new Guard(RECORD, high + 1)));
    conflict(Cause.RECORD, commit().guard(new Guard(RECORD, high - 1)));
    conflict(Cause.RECORD, commit().record(RecordWrite.replace(RECORD, high - 1, 1, bytes())));
    committed(commit().record(RecordWrite.raise(RECORD, high - 1, Commits.bytes("less"))));
    assertThat(version()).isEqualTo(high);
    committed(commit().record(RecordWrite.raise(RECORD, high + 1, Commits.bytes("more"))));
    assertThat(version()).isEqualTo(high + 1);

    conflict(Cause.HEAD, commit().log(LOG, Commits.row(Long.MAX_VALUE)));
    conflict(Cause.HEAD, commit().log(LOG, Commits.row(Bytes.EXACT + 2)));
  }

  // ---- heads.lua --------------------------------------------------------------------------------

  @Test
  void headsTellTheLastRowOrWhatTheFloorKept() {
    committed(commit().log(LOG, 1, 3).inbox(INBOX, note(1)));
    assertThat(heads(LOG)).isEqualTo(new StreamHead(3, 3, Commits.NOW + 3, 0));
    assertThat(heads(INBOX)).isEqualTo(new StreamHead(1, 0, 0, 0));
    assertThat(heads(StreamKey.log("tenant", "unknown"))).isEqualTo(StreamHead.EMPTY);
    store.trim(List.of(new Trim(LOG, 3), new Trim(INBOX, 1)), 10);
    assertThat(heads(LOG)).isEqualTo(new StreamHead(3, 3, Commits.NOW + 3, 3));
    assertThat(heads(INBOX)).isEqualTo(new StreamHead(1, 0, 0, 1));
    assertThat(redis().llen(keys.stream(LOG))).isEqualTo(1);
  }

  // ---- read_log.lua -----------------------------------------------------------------------------

  @Test
  void logsLongerThanOneScriptReadsAreReadInFull() {
    long count = 2L * LogScript.ENOUGH_ROWS + 100;
    for (long from = 1; from <= count; from += 1_000) {
      committed(commit().log(LOG, from, Math.min(count, from + 999)));
    }
    store.trim(List.of(new Trim(LOG, 50)), 1_000);
    List<Long> up = LongStream.rangeClosed(51, count).boxed().toList();
    assertThat(seqs(log(0, Long.MAX_VALUE, false, Integer.MAX_VALUE))).isEqualTo(up);
    LogSlice down = log(Long.MIN_VALUE, count, true, Integer.MAX_VALUE);
    assertThat(seqs(down)).hasSize(up.size()).startsWith(count).endsWith(51L);
    assertThat(down.more()).isFalse();
    assertThat(down.floor()).isEqualTo(50);
    LogSlice cut = log(60, count, false, LogScript.ENOUGH_ROWS + 10);
    assertThat(seqs(cut)).hasSize(LogScript.ENOUGH_ROWS + 10);
    assertThat(cut.more()).isTrue();
    assertThat(log(60, 60L + LogScript.ENOUGH_ROWS - 1, false, 9_999).more()).isFalse();
  }

  @Test
  void logsOfLargeRowsAreReadByTurns() {
    int size = 3 << 20;
    for (long seq = 1; seq <= 4; seq++) {
      committed(commit().log(LOG, new LogRow(seq, seq, 1, 0, new byte[size])));
    }
    assertThat(seqs(log(1, 9, false, 99))).containsExactly(1L, 2L, 3L, 4L);
    assertThat(seqs(log(1, 9, true, 99))).containsExactly(4L, 3L, 2L, 1L);
    LogSlice cut = store.readLog(new LogRange(LOG, 1, 9, false, 99, 3L * size));
    assertThat(seqs(cut)).containsExactly(1L, 2L, 3L);
    assertThat(cut.more()).isTrue();
    assertThat(seqs(store.readLog(new LogRange(LOG, 2, 9, false, 99, 0)))).containsExactly(2L);
  }

  // ---- read_inbox.lua ---------------------------------------------------------------------------

  @Test
  void inboxesLongerThanOneScriptReadsAreReadInFull() {
    int count = InboxScript.ENOUGH_ROWS + 500;
    InboxRow[] rows = new InboxRow[count];
    rows[0] = note(1);
    for (int i = 1; i < count; i++) {
      rows[i] = i % 2 == 0 ? note(i + 1L) : InboxRow.reference(i + 1L, 3, LOG, i);
    }
    committed(commit().log(LOG, 1, 20).inbox(INBOX, rows));
    InboxSlice all = read(0, Integer.MAX_VALUE);
    assertThat(positions(all.items())).isEqualTo(LongStream.rangeClosed(1, count).boxed().toList());
    assertThat(all.items()).filteredOn(item -> item.logRow() != null).hasSize(10);
    assertThat(all.more()).isFalse();
    assertThat(read(0, count - 1).more()).isTrue();
    assertThat(read(0, count - 1).scannedTo()).isEqualTo(count - 1);
  }

  /** So many holes in a row that one script does not get across. */
  @Test
  void inboxesAreReadAcrossHoles() {
    int count = 3 * InboxScript.ENOUGH_ROWS;
    InboxRow[] rows = new InboxRow[count / 2];
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < rows.length; i++) {
        long position = (long) half * rows.length + i + 1;
        rows[i] = position == 1 ? note(1) : keyed(position, "same");
      }
      committed(commit().inbox(INBOX, rows));
    }
    InboxSlice slice = read(0, 10);
    assertThat(positions(slice.items())).containsExactly(1L, (long) count);
    assertThat(slice.scannedTo()).isEqualTo(count);
    assertThat(slice.more()).isFalse();
    assertThat(read(0, 1).more()).isTrue();
  }

  // ---- lookup.lua, list.lua ---------------------------------------------------------------------

  @Test
  void lookUpsFindWhatIsThere() {
    committed(
        commit()
            .dedup(remembered(LOG, "id", 5_000))
            .record(RecordWrite.set(RECORD, 3, Commits.bytes("three"))));
    DedupKey there = new DedupKey(LOG, "alice", "id");
    assertThat(store.dedups(List.of(there, new DedupKey(LOG, "alice", "other"), there)))
        .containsOnlyKeys(there);
    assertThat(store.dedups(List.of(there)).get(there)).isEqualTo(remembered(LOG, "id", 5_000));
    assertThat(version()).isEqualTo(3);
  }

  @Test
  void listsLongerThanOneScriptReadsAreReadInFull() {
    Commits all = commit();
    for (int i = 0; i < 2_500; i++) {
      RecordKey key = new RecordKey(INBOX, "talk", "%05d".formatted(i));
      all.record(RecordWrite.set(key, i + 1L, bytes()));
    }
    all.record(RecordWrite.set(new RecordKey(INBOX, "talks", "next space"), 1, bytes()));
    all.record(RecordWrite.set(new RecordKey(INBOX, "tal", "last space"), 1, bytes()));
    committed(all);
    assertThat(store.list(INBOX, "talk", "", Integer.MAX_VALUE)).hasSize(2_500);
    assertThat(store.list(INBOX, "talk", "02000", Integer.MAX_VALUE)).hasSize(499);
    assertThat(store.list(INBOX, "talk", "", 1_700))
        .hasSize(1_700)
        .last()
        .matches(last -> last.key().id().equals("01699"));
  }

  @Test
  void listsOfLargeRecordsAreReadByTurns() {
    for (int i = 0; i < 4; i++) {
      RecordKey key = new RecordKey(INBOX, "talk", "id " + i);
      committed(commit().record(RecordWrite.set(key, 1, new byte[3 << 20])));
    }
    assertThat(store.list(INBOX, "talk", "", 99))
        .extracting(record -> record.key().id())
        .containsExactly("id 0", "id 1", "id 2", "id 3");
  }

  // ---- trim.lua ---------------------------------------------------------------------------------

  @Test
  void trimForgetsTheKeysOfRowsThatGo() {
    committed(commit().inbox(INBOX, keyed(1, "a"), keyed(2, "b"), keyed(3, "a"), note(4)));
    store.trim(List.of(new Trim(INBOX, 2)), 10);
    assertThat(redis().hlen(keys.compaction(INBOX))).isEqualTo(1);
    committed(commit().inbox(INBOX, keyed(5, "b")));
    assertThat(positions(read(0, 10).items())).containsExactly(3L, 4L, 5L);
    store.trim(List.of(new Trim(INBOX, 5)), 10);
    assertThat(redis().exists(keys.compaction(INBOX))).isZero();
  }

  @Test
  void trimsOfMoreThanOneScriptRemovesGoByTurns() {
    int count = TrimScript.ENOUGH_ROWS * 2 + 10;
    for (long from = 1; from <= count; from += 1_000) {
      long to = Math.min(count, from + 999);
      InboxRow[] rows = new InboxRow[(int) (to - from + 1)];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = note(from + i);
      }
      committed(commit().log(LOG, from, to).inbox(INBOX, rows));
    }
    for (StreamKey stream : List.of(LOG, INBOX)) {
      assertThat(store.trim(List.of(new Trim(stream, 3_000)), 2_500)).containsExactly(2_500L);
      assertThat(store.trim(List.of(new Trim(stream, count - 1L)), Integer.MAX_VALUE))
          .containsExactly(count - 1L);
      assertThat(redis().llen(keys.stream(stream))).isEqualTo(2);
    }
  }

  // ---- sweep.lua --------------------------------------------------------------------------------

  @Test
  void sweepGoesFromSpanToSpan() {
    int spans = 40;
    Commits all = commit();
    for (int i = 0; i < spans; i++) {
      all.dedup(remembered(LOG, "one " + i, 10_000L * i)).dedup(remembered(LOG, "two " + i, 9_000));
    }
    committed(all);
    assertThat(store.removeExpiredDedups(8_999, 9_999)).isEqualTo(1);
    assertThat(store.removeExpiredDedups(8_999, 9_999)).isZero();
    assertThat(store.removeExpiredDedups(9_000, 15)).isEqualTo(15);
    assertThat(store.removeExpiredDedups(9_000, 9_999)).isEqualTo(spans - 15);
    assertThat(store.removeExpiredDedups(380_000, 9_999)).isEqualTo(spans - 2);
    assertThat(store.removeExpiredDedups(390_000, 9_999)).isEqualTo(1);
    assertThat(redis().keys(prefix + ":*")).isEmpty();
  }

  /** More than one turn takes, most of which is not due although its span has begun. */
  @Test
  void sweepLooksAtAllOfASpan() {
    Commits all = commit();
    for (int i = 0; i < 2_500; i++) {
      all.dedup(remembered(LOG, "id " + i, i % 10 == 0 ? 8_500 : 9_000));
    }
    committed(all);
    assertThat(store.removeExpiredDedups(8_499, 9_999)).isZero();
    assertThat(store.removeExpiredDedups(8_500, 9_999)).isEqualTo(250);
    assertThat(store.removeExpiredDedups(8_999, 9_999)).isZero();
    assertThat(store.removeExpiredDedups(9_000, 9_999)).isEqualTo(2_250);
    assertThat(redis().keys(prefix + ":*")).isEmpty();
  }

  /** A submit that was remembered anew stays until its new moment. */
  @Test
  void sweepSparesWhatWasRememberedAnew() {
    committed(commit().dedup(remembered(LOG, "a", 10)).dedup(remembered(LOG, "b", 10)));
    committed(commit().dedup(remembered(LOG, "c", 20)));
    // within the same span, and in a later one
    committed(commit().dedup(remembered(LOG, "a", 5_000)));
    committed(commit().dedup(remembered(LOG, "c", 20_000)));
    assertThat(store.removeExpiredDedups(4_999, 99)).isEqualTo(1);
    assertThat(known()).containsExactlyInAnyOrder("a", "c");
    assertThat(store.removeExpiredDedups(5_000, 99)).isEqualTo(1);
    assertThat(known()).containsExactly("c");
    assertThat(store.removeExpiredDedups(20_000, 99)).isEqualTo(1);
    assertThat(redis().keys(prefix + ":*")).isEmpty();
  }

  private List<String> known() {
    List<DedupKey> keys = new ArrayList<>();
    for (String id : List.of("a", "b", "c", "d")) {
      keys.add(new DedupKey(LOG, "alice", id));
    }
    return store.dedups(keys).keySet().stream().map(DedupKey::clientId).toList();
  }

  // ---- probe.lua --------------------------------------------------------------------------------

  @Test
  void probeLeavesNothing() {
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(redis().exists(keys.probe().keys())).isZero();
  }

  /** What is tried on opening cannot be forbidden half-way through a commit or a sweep. */
  @Test
  void probeTriesEachCommandThatScriptsCall() {
    Set<String> tried = commandsOf(Script.PROBE);
    for (Script script : Script.values()) {
      assertThat(tried).as("%s", script).containsAll(commandsOf(script));
    }
    assertThat(commandsOf(Script.SWEEP)).contains("LPOP", "HDEL", "RPUSH");
  }

  private static Set<String> commandsOf(Script script) {
    return Pattern.compile("\\bcall\\('([A-Z]+)'")
        .matcher(script.text())
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toSet());
  }

  // ---- and all of them --------------------------------------------------------------------------

  @Test
  void scriptsThatRedisForgotAreHandedInAgain() {
    committed(commit().log(LOG, 1, 2).inbox(INBOX, note(1)));
    redis().scriptFlush();
    assertThat(heads(LOG).head()).isEqualTo(2);
    redis().scriptFlush();
    committed(commit().log(LOG, 3, 3).dedup(remembered(LOG, "id", 500)));
    redis().scriptFlush();
    assertThat(seqs(log(1, 9, false, 9))).containsExactly(1L, 2L, 3L);
    redis().scriptFlush();
    assertThat(positions(read(0, 9).items())).containsExactly(1L);
    redis().scriptFlush();
    assertThat(store.trim(List.of(new Trim(LOG, 1)), 9)).containsExactly(1L);
    redis().scriptFlush();
    assertThat(store.removeExpiredDedups(500, 9)).isEqualTo(1);
    redis().scriptFlush();
    assertThat(store.list(INBOX, "talk", "", 9)).isEmpty();
    redis().scriptFlush();
    assertThat(store.records(List.of(RECORD))).isEmpty();
  }

  // ---- helpers ----------------------------------------------------------------------------------

  private static RedisCommands<byte[], byte[]> redis() {
    return connection.sync();
  }

  private void committed(Commits commit) {
    assertThat(store.commit(commit.build())).isEqualTo(CommitOutcome.COMMITTED);
  }

  private void conflict(Cause cause, Commits commit) {
    assertThat(store.commit(commit.build())).isEqualTo(new Conflict(cause));
  }

  /** All that is stored, as Redis would save it, in order of the keys. */
  private List<byte[]> dump() {
    return redis().keys(prefix + ":*").stream()
        .sorted(Arrays::compare)
        .map(key -> redis().dump(key))
        .toList();
  }

  private StreamHead heads(StreamKey stream) {
    return store.heads(List.of(stream)).get(0);
  }

  private InboxSlice read(long after, int limit) {
    return store.readInbox(INBOX, after, limit, ANY_SIZE);
  }

  private LogSlice log(long from, long to, boolean descending, int limit) {
    return store.readLog(new LogRange(LOG, from, to, descending, limit, ANY_SIZE));
  }

  private long version() {
    return store.records(List.of(RECORD)).values().iterator().next().version();
  }

  private static byte[] bytes() {
    return new byte[0];
  }

  private static List<Long> positions(List<InboxItem> items) {
    return items.stream().map(item -> item.row().position()).toList();
  }

  private static List<Long> seqs(LogSlice slice) {
    return slice.rows().stream().map(LogRow::seq).toList();
  }
}
