package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static dev.restante.storage.redis.Commits.keyed;
import static dev.restante.storage.redis.Commits.note;
import static dev.restante.storage.redis.Commits.remembered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Seen;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each script of a cell by itself, on a real cluster: what it does, and what it leaves. */
final class ClusterScriptsTest {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final StreamKey LOG = StreamKey.log("tenant", "talk");
  private static final StreamKey INBOX = StreamKey.inbox("tenant", "bob");
  private static final RecordKey RECORD = new RecordKey(INBOX, "cursor", "phone");
  private static final RecordKey OTHER = new RecordKey(INBOX, "cursor", "tablet");
  private static final long ANY_SIZE = Long.MAX_VALUE;

  private String prefix;
  private ClusterEngine engine;

  @BeforeEach
  void open() {
    prefix = "scripts" + PLACES.incrementAndGet();
    Keys keys = Keys.ofCluster(prefix);
    List<RedisURI> seeds = Stream.of(RedisCluster.shared().uris()).map(RedisURI::create).toList();
    Shards shards = new Shards(Clients.ofCluster(seeds, PATIENCE), keys, Waiting.NONE, 2, PATIENCE);
    engine = new ClusterEngine(shards, keys, shards.open(), PATIENCE);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  // ---- apply.lua --------------------------------------------------------------------------------

  @Test
  void applyWritesWhatACommitAsksOfACell() {
    assertThat(
            engine.apply(
                part(
                    INBOX,
                    commit()
                        .inbox(INBOX, keyed(1, "a"), keyed(2, "a"), note(3))
                        .record(RecordWrite.set(RECORD, 5, Commits.bytes("five"))))))
        .isEqualTo(Step.DONE);
    assertThat(engine.apply(part(LOG, commit().log(LOG, 1, 2).dedup(remembered(LOG, "id", 9_999)))))
        .isEqualTo(Step.DONE);
    assertThat(engine.heads(List.of(LOG, INBOX)).value())
        .containsExactly(new StreamHead(2, 2, Commits.NOW + 2, 0), new StreamHead(3, 0, 0, 0));
    assertThat(positions(read(0, 10).value())).containsExactly(2L, 3L);
    assertThat(versions()).containsEntry(RECORD, 5L);
    assertThat(known("id")).isTrue();
  }

  @Test
  void applyWritesNothingWhateverIsInConflict() {
    engine.apply(part(INBOX, commit().inbox(INBOX, note(1)).record(set(RECORD, 5))));
    engine.apply(part(LOG, commit().log(LOG, 1, 1).dedup(remembered(LOG, "id", 9_999))));
    Set<String> before = dump();
    ended(Cause.HEAD, part(INBOX, commit().inbox(INBOX, note(3)).record(set(OTHER, 1))));
    ended(Cause.HEAD, part(INBOX, commit().inbox(INBOX, note(1)).record(set(OTHER, 1))));
    ended(
        Cause.DUPLICATE,
        part(
            LOG,
            commit()
                .log(LOG, 2, 2)
                .dedup(remembered(LOG, "new", 9_999))
                .dedup(remembered(LOG, "id", 9_999))));
    ended(Cause.RECORD, part(INBOX, commit().inbox(INBOX, note(2)).guard(new Guard(RECORD, 4))));
    ended(
        Cause.RECORD,
        part(
            INBOX,
            commit().inbox(INBOX, note(2)).record(RecordWrite.replace(RECORD, 4, 6, new byte[0]))));
    assertThat(dump()).isEqualTo(before);
  }

  @Test
  void applyDoesNothingWhereAnIntentIs() {
    take("aa", INBOX, commit().record(set(OTHER, 9)));
    assertThat(engine.apply(part(INBOX, commit().inbox(INBOX, note(1)))))
        .isEqualTo(new Step.Blocked(0, met(INBOX, "aa")));
    assertThat(head(INBOX)).isZero();
  }

  // ---- take.lua, settle.lua ---------------------------------------------------------------------

  @Test
  void whatWasTakenIsNotSoUntilItIsSettled() {
    engine.apply(part(INBOX, commit().inbox(INBOX, keyed(1, "a")).record(set(RECORD, 1))));
    Commits asked =
        commit()
            .inbox(INBOX, keyed(2, "a"), note(3))
            .record(set(OTHER, 7))
            .record(RecordWrite.remove(RECORD));
    assertThat(take("aa", INBOX, asked)).isEqualTo(Step.DONE);
    assertThat(read(0, 10).met()).containsExactly(met(INBOX, "aa"));
    assertThat(positions(read(0, 10).value())).containsExactly(1L);
    assertThat(versions()).containsOnlyKeys(RECORD);

    engine.settle("bb", true, List.of(Cell.of(INBOX)));
    assertThat(head(INBOX)).as("another transaction's intent").isEqualTo(1);
    engine.settle("aa", true, List.of(Cell.of(INBOX)));
    assertThat(read(0, 10).met()).isEmpty();
    assertThat(positions(read(0, 10).value())).containsExactly(2L, 3L);
    assertThat(versions()).containsOnlyKeys(OTHER);
    engine.settle("aa", true, List.of(Cell.of(INBOX)));
    assertThat(head(INBOX)).as("settled a second time").isEqualTo(3);
  }

  @Test
  void whatIsGivenUpLeavesNothing() {
    engine.apply(part(LOG, commit().log(LOG, 1, 1)));
    Set<String> before = dump();
    take("aa", LOG, commit().log(LOG, 2, 3_000).dedup(remembered(LOG, "id", 9_999)));
    assertThat(dump()).isNotEqualTo(before);
    engine.settle("aa", false, List.of(Cell.of(LOG)));
    engine.forget("aa");
    assertThat(dump()).isEqualTo(before);
  }

  @Test
  void takeLeavesNothingWhateverIsInConflict() {
    engine.apply(part(LOG, commit().log(LOG, 1, 1).dedup(remembered(LOG, "id", 9_999))));
    Set<String> before = dump();
    assertThat(take("aa", LOG, commit().log(LOG, 1, 1))).isEqualTo(conflict(Cause.HEAD));
    assertThat(take("aa", LOG, commit().log(LOG, 2, 2).dedup(remembered(LOG, "id", 9_999))))
        .isEqualTo(conflict(Cause.DUPLICATE));
    assertThat(take("aa", INBOX, commit().guard(new Guard(RECORD, 1))))
        .isEqualTo(conflict(Cause.RECORD));
    engine.forget("aa");
    assertThat(dump()).isEqualTo(before);
  }

  // ---- guard.lua --------------------------------------------------------------------------------

  @Test
  void aGuardLooksAndLeavesNothing() {
    engine.apply(part(INBOX, commit().inbox(INBOX, note(1)).record(set(RECORD, 5))));
    Set<String> before = dump();
    assertThat(take("aa", INBOX, guards(5, 0))).isEqualTo(Step.DONE);
    assertThat(take("ab", INBOX, guards(4, 0))).isEqualTo(conflict(Cause.RECORD));
    assertThat(take("ac", INBOX, guards(5, 1))).isEqualTo(conflict(Cause.RECORD));
    assertThat(engine.unfinished(9))
        .allSatisfy(
            each -> {
              assertThat(each.cells()).isEmpty();
              assertThat(each.guarded()).containsExactly(RECORD, OTHER);
            })
        .hasSize(3);
    List.of("aa", "ab", "ac").forEach(engine::forget);
    assertThat(dump()).isEqualTo(before);
  }

  /** What of an intent is a record lies behind its rows and submits. */
  @Test
  void aGuardIsBlockedByAnIntentThatChangesItsRecord() {
    engine.apply(part(INBOX, commit().record(set(RECORD, 5))));
    Commits asked = commit().inbox(INBOX, keyed(1, "a"), note(2), note(3));
    for (long expiry = 1; expiry < 40_000; expiry += 9_000) {
      asked.dedup(remembered(INBOX, "id " + expiry, expiry));
    }
    take("aa", INBOX, asked.record(set(new RecordKey(INBOX, "talk", "x"), 1)));
    assertThat(take("bb", INBOX, guards(5, 0))).isEqualTo(Step.DONE);
    engine.settle("aa", false, List.of(Cell.of(INBOX)));

    take("cc", INBOX, asked.record(set(OTHER, 1)));
    assertThat(take("dd", INBOX, guards(5, 0))).isEqualTo(new Step.Blocked(0, met(INBOX, "cc")));
    assertThat(take("ee", INBOX, commit().guard(new Guard(RECORD, 5)))).isEqualTo(Step.DONE);
  }

  private static Commits guards(long record, long other) {
    return commit().guard(new Guard(RECORD, record)).guard(new Guard(OTHER, other));
  }

  // ---- several cells ----------------------------------------------------------------------------

  /** Of several cells those in front of one that is taken are kept, those behind are given back. */
  @Test
  void cellsBehindOneThatIsTakenAreGivenBack() {
    StreamKey[] inboxes = new StreamKey[5];
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < inboxes.length; i++) {
      inboxes[i] = StreamKey.inbox("tenant", "user " + i);
      parts.add(part(inboxes[i], commit().inbox(inboxes[i], note(1))));
    }
    take("bb", inboxes[2], commit().inbox(inboxes[2], note(1)));
    assertThat(engine.prepare("aa", parts, 0, parts.size()))
        .isEqualTo(new Step.Blocked(2, met(inboxes[2], "bb")));
    assertThat(engine.heads(List.of(inboxes)).met())
        .containsExactly(met(inboxes[0], "aa"), met(inboxes[1], "aa"), met(inboxes[2], "bb"));

    engine.settle("bb", false, List.of(Cell.of(inboxes[2])));
    assertThat(engine.prepare("aa", parts, 2, parts.size())).isEqualTo(Step.DONE);
    assertThat(engine.heads(List.of(inboxes)).met()).hasSize(5);
  }

  /**
   * More than one script takes: by their number, by what they ask, and with unusual ones in
   * between.
   */
  @Test
  void cellsOfOneTagGoManyAtOnce() {
    List<StreamKey> logs = logsOfOneTag(230);
    engine.apply(part(logs.get(7), commit().dedup(remembered(logs.get(7), "7", 1))));
    engine.apply(part(logs.get(9), commit().log(logs.get(9), 1, 1)));
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < logs.size(); i++) {
      StreamKey log = logs.get(i);
      long from = i == 9 ? 2 : 1;
      Commits asked = commit().log(log, from, from + (i % 100 == 50 ? 850 : i % 3));
      asked.dedup(remembered(log, "" + i, 9_000L * i + 1));
      if (i % 20 == 13) {
        asked.record(set(new RecordKey(log, "group", ""), i));
      }
      parts.add(part(log, asked));
    }
    assertThat(engine.prepare("aa", parts, 0, parts.size())).isEqualTo(Step.DONE);
    assertThat(engine.heads(logs).met()).hasSize(230);
    assertThat(engine.prepare("bb", parts, 0, parts.size()))
        .isEqualTo(new Step.Blocked(0, met(logs.get(0), "aa")));

    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    Seen<List<StreamHead>> after = engine.heads(logs);
    assertThat(after.met()).isEmpty();
    for (int i = 0; i < logs.size(); i++) {
      long added = i % 100 == 50 ? 851 : i % 3 + 1;
      assertThat(after.value().get(i).head()).isEqualTo(i == 9 ? 1 + added : added);
      DedupKey key = new DedupKey(logs.get(i), "alice", "" + i);
      assertThat(engine.dedups(List.of(key)).value().get(key))
          .extracting(DedupRow::expiresAtMillis)
          .isEqualTo(9_000L * i + 1);
    }
    RecordKey group = new RecordKey(logs.get(33), "group", "");
    assertThat(engine.records(List.of(group)).value().values())
        .extracting(StoredRecord::version)
        .containsExactly(33L);
    assertThat(engine.prepare("cc", parts.subList(0, 1), 0, 1)).isEqualTo(conflict(Cause.HEAD));
    assertThat(engine.removeExpiredDedups(10_000_000, 1_000)).isEqualTo(230);
  }

  /**
   * No script is broken off half-way as far as anybody knows. If one was, it is repeated: what it
   * has done is not done again, and what is not what it expects is let be.
   */
  @Test
  void whatWasSettledHalfWayIsSettledOnce() {
    List<StreamKey> logs = logsOfOneTag(4);
    List<Part> parts = new ArrayList<>();
    for (StreamKey log : logs) {
      engine.apply(part(log, commit().log(log, 1, 1)));
      parts.add(part(log, commit().log(log, 2, 3).dedup(remembered(log, "id", 9_000))));
    }
    assertThat(engine.prepare("aa", parts, 0, parts.size())).isEqualTo(Step.DONE);
    Keys keys = Keys.ofCluster(prefix);
    String brokenOff =
        """
        local intent = redis.call('LRANGE', KEYS[1], 0, -1)
        redis.call('RPUSH', KEYS[2], intent[2], intent[3])
        return redis.call('RPUSH', KEYS[3] .. ':1', intent[4])
        """;
    byte[] index = keys.expiries(Keys.tag(LOG));
    for (StreamKey log : logs.subList(0, 2)) {
      eval(brokenOff, keys.intent(log), keys.stream(log), index);
    }
    eval("return redis.call('RPUSH', KEYS[1], 'by hand')", keys.stream(logs.get(2)));
    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    assertThat(engine.heads(logs).met()).isEmpty();
    assertThat(engine.heads(logs).value())
        .extracting(StreamHead::head)
        .containsExactly(3L, 3L, 2L, 3L);
    assertThat(engine.readLog(new LogRange(logs.get(1), 1, 9, false, 9, ANY_SIZE)).value().rows())
        .extracting(LogRow::seq)
        .containsExactly(1L, 2L, 3L);
    List<DedupKey> asked = logs.stream().map(log -> new DedupKey(log, "alice", "id")).toList();
    assertThat(engine.dedups(asked).value().keySet())
        .containsExactlyInAnyOrder(asked.get(0), asked.get(1), asked.get(3));
    assertThat(engine.removeExpiredDedups(9_000, 9)).as("all of them are swept").isEqualTo(3);
  }

  /**
   * The same where rows, submits and records are of one cell: wherever it was broken off it comes
   * to the same end.
   */
  @Test
  void whatIsUnusualIsSettledOnceWhereverItWasBrokenOff() {
    List<StreamKey> inboxes = inboxesOfOneTag(6);
    List<Part> parts = new ArrayList<>();
    for (StreamKey inbox : inboxes) {
      engine.apply(
          part(
              inbox,
              commit()
                  .inbox(inbox, keyed(1, "a"))
                  .record(set(new RecordKey(inbox, "talk", "changes"), 1))
                  .record(set(new RecordKey(inbox, "talk", "goes"), 1))));
      parts.add(
          part(
              inbox,
              commit()
                  .inbox(inbox, keyed(2, "a"), note(3), keyed(4, "b"))
                  .dedup(remembered(inbox, "id", 9_000))
                  .record(RecordWrite.remove(new RecordKey(inbox, "talk", "goes")))
                  .record(RecordWrite.replace(changing(inbox), 1, 2, new byte[0]))
                  .record(set(new RecordKey(inbox, "talk", "comes"), 1))));
    }
    assertThat(engine.prepare("aa", parts, 0, parts.size())).isEqualTo(Step.DONE);
    for (int steps = 0; steps < 5; steps++) {
      breakOff(inboxes.get(steps), steps);
    }
    StreamKey byHand = inboxes.get(5);
    eval("return redis.call('RPUSH', KEYS[1], 'by hand')", Keys.ofCluster(prefix).stream(byHand));
    engine.settle("aa", true, inboxes.stream().map(Cell::of).toList());
    assertThat(engine.heads(inboxes).met()).isEmpty();
    for (StreamKey inbox : inboxes.subList(0, 5)) {
      assertThat(engine.apply(part(inbox, commit().inbox(inbox, keyed(5, "a")))))
          .isEqualTo(Step.DONE);
      assertThat(positions(engine.readInbox(inbox, 0, 9, ANY_SIZE).value()))
          .as("rows of %s", inbox)
          .containsExactly(3L, 4L, 5L);
      assertThat(engine.list(inbox, "talk", "", 9).value())
          .as("records of %s", inbox)
          .extracting(each -> each.key().id() + " " + each.version())
          .containsExactly("changes 2", "comes 1");
      DedupKey submit = new DedupKey(inbox, "alice", "id");
      assertThat(engine.dedups(List.of(submit)).value()).containsOnlyKeys(submit);
    }
    assertThat(engine.records(List.of(changing(byHand))).value().values())
        .as("a cell that somebody wrote to")
        .extracting(StoredRecord::version)
        .containsExactly(1L);
    assertThat(engine.removeExpiredDedups(9_000, 9)).as("all of them are swept").isEqualTo(5);
  }

  private static RecordKey changing(StreamKey inbox) {
    return new RecordKey(inbox, "talk", "changes");
  }

  /** Takes so many of the steps of which a settle consists. */
  private void breakOff(StreamKey inbox, int steps) {
    Keys keys = Keys.ofCluster(prefix);
    Keys.OfCell of = keys.of(inbox);
    eval(
        """
        local asked = redis.call('LRANGE', KEYS[1], 0, -2)
        local steps = {
          function() redis.call('RPUSH', KEYS[2], asked[2], asked[3], asked[4]) end,
          function() redis.call('HSET', KEYS[6], asked[5], asked[6]) end,
          function() redis.call('RPUSH', KEYS[7] .. ':1', asked[5]) end,
          function()
            redis.call('HSET', KEYS[4], asked[12], asked[16])
            redis.call('ZADD', KEYS[5], 0, asked[17])
            redis.call('ZREM', KEYS[5], asked[7])
          end,
        }
        for step = 1, %d do
          steps[step]()
        end
        return 1
        """
            .formatted(steps),
        of.intent(),
        of.rows(),
        keys.compaction(inbox),
        of.records(),
        keys.order(inbox),
        keys.submits(of.tag()),
        keys.expiries(of.tag()));
  }

  /** A span whose list has gone already: it keeps nobody from those behind it. */
  @Test
  void aSweepThatWasBrokenOffIsEnded() {
    engine.apply(part(LOG, commit().dedup(remembered(LOG, "id", 9_000))));
    eval(
        "return redis.call('ZADD', KEYS[1], 0, '0')",
        Keys.ofCluster(prefix).expiries(Keys.tag(LOG)));
    assertThat(engine.removeExpiredDedups(9_000, 9)).isEqualTo(1);
    assertThat(dump()).isEmpty();
  }

  /**
   * What was removed before a sweep of one tag failed counts for all of it, and so does what may
   * have been removed by the turn that failed.
   */
  @ParameterizedTest
  @EnumSource(
      value = Effect.class,
      names = {"FAULT", "UNKNOWN"})
  void aSweepThatFailsHalfWayRemovesNoMoreThanItsLimit(Effect effect) {
    StreamKey broken =
        IntStream.iterate(0, n -> n + 1)
            .mapToObj(n -> StreamKey.log("tenant", "first " + n))
            .filter(log -> Keys.tag(log) < Keys.tag(LOG))
            .findFirst()
            .orElseThrow();
    for (int i = 0; i < 3; i++) {
      engine.apply(part(broken, commit().dedup(remembered(broken, "" + i, 1))));
    }
    engine.apply(part(broken, commit().dedup(remembered(broken, "later", 9_000))));
    for (int i = 0; i < 10; i++) {
      engine.apply(part(LOG, commit().dedup(remembered(LOG, "" + i, 1))));
    }
    Keys keys = Keys.ofCluster(prefix);
    eval(
        effect == Effect.FAULT
            ? "return redis.call('DEL', KEYS[1]..':1') + redis.call('HSET', KEYS[1]..':1', 'a', 'b')"
            : "return redis.call('HSET', KEYS[2], redis.call('LINDEX', KEYS[1]..':1', 0), '')",
        keys.expiries(Keys.tag(broken)),
        keys.submits(Keys.tag(broken)));
    if (effect == Effect.FAULT) {
      assertThat(engine.removeExpiredDedups(10_000, 5)).isEqualTo(5);
      assertThat(left()).as("three went elsewhere before it failed").isEqualTo(8);
    } else {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> engine.removeExpiredDedups(10_000, 5))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(effect));
      assertThat(left()).as("two may have gone where nobody knows").isEqualTo(10);
    }
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> engine.removeExpiredDedups(10_000, 99))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(effect));
    assertThat(left()).isZero();
  }

  /** Of several failures the one is told that leaves most open, as it is where calls go at once. */
  @Test
  void aSweepThatFailsTwiceTellsWhatLeavesMostOpen() {
    List<StreamKey> two =
        IntStream.iterate(0, n -> n + 1)
            .mapToObj(n -> StreamKey.log("tenant", "first " + n))
            .filter(log -> Keys.tag(log) != Keys.tag(LOG))
            .limit(2)
            .sorted(Comparator.comparing(Keys::tag))
            .toList();
    Keys keys = Keys.ofCluster(prefix);
    two.forEach(log -> engine.apply(part(log, commit().dedup(remembered(log, "id", 1)))));
    assertThat(Keys.tag(two.get(0))).isLessThan(Keys.tag(two.get(1)));
    eval(
        "return redis.call('HSET', KEYS[2], redis.call('LINDEX', KEYS[1]..':0', 0), '')",
        keys.expiries(Keys.tag(two.get(0))),
        keys.submits(Keys.tag(two.get(0))));
    eval(
        "return redis.call('DEL', KEYS[1]..':0') + redis.call('HSET', KEYS[1]..':0', 'a', 'b')",
        keys.expiries(Keys.tag(two.get(1))),
        keys.submits(Keys.tag(two.get(1))));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> engine.removeExpiredDedups(10_000, 5_000))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
  }

  /** How many submits there are, but for the one that sweeps fail at. */
  private int left() {
    List<DedupKey> all =
        IntStream.range(0, 10).mapToObj(i -> new DedupKey(LOG, "alice", "" + i)).toList();
    return engine.dedups(all).value().size();
  }

  /** What several cells hand to one script is less than a mebibyte, and so is what it keeps. */
  @Test
  void largeCellsGoByThemselves() {
    List<StreamKey> logs = logsOfOneTag(9);
    List<Part> parts = new ArrayList<>();
    for (StreamKey log : logs) {
      LogRow row = new LogRow(1, 1, 1, 0, new byte[CellBatches.MOST_BYTES / 4]);
      parts.add(part(log, commit().log(log, row).dedup(remembered(log, "id", 9_000))));
    }
    // Which scripts masters know is another matter.
    take("aa", LOG, commit().record(set(new RecordKey(LOG, "group", ""), 1)));
    engine.settle("aa", true, List.of(Cell.of(LOG)));
    take("aa", LOG, commit().log(LOG, 1, 1));
    long before = scripts();
    assertThat(engine.prepare("aa", parts, 0, parts.size())).isEqualTo(Step.DONE);
    assertThat(scripts() - before).as("a record, and three cells at once").isEqualTo(4);
    before = scripts();
    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    assertThat(scripts() - before).as("four cells at once, and five others").isEqualTo(6);
    assertThat(engine.heads(logs).value()).allMatch(head -> head.head() == 1);
    assertThat(engine.removeExpiredDedups(9_000, 99)).isEqualTo(9);
  }

  /** Intents of others may be as large as commits: they are not read. */
  @Test
  void ofIntentsOfOthersNothingIsRead() {
    List<StreamKey> logs = logsOfOneTag(3);
    List<Part> theirs =
        logs.subList(0, 2).stream().map(log -> part(log, commit().log(log, large(1)))).toList();
    StreamKey ours = logs.get(2);
    assertThat(engine.prepare("bb", theirs, 0, theirs.size())).isEqualTo(Step.DONE);
    take("aa", ours, commit().log(ours, 1, 1));
    long scripts = scripts();
    long reads = reads();
    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    assertThat(reads() - reads).isEqualTo(1);
    assertThat(scripts() - scripts).as("at once").isEqualTo(1);
    assertThat(engine.heads(logs).met()).hasSize(theirs.size());
    engine.settle("bb", true, logs.stream().map(Cell::of).toList());
    assertThat(engine.heads(logs).value()).allMatch(head -> head.head() == 1);
  }

  /** Those of other things than rows may be so, too. One may be read, not one after the other. */
  @Test
  void ofIntentsThatAreSettledByThemselvesFewAreRead() {
    List<StreamKey> logs = logsOfOneTag(3);
    List<Part> parts =
        logs.stream()
            .map(
                log ->
                    part(
                        log,
                        commit().log(log, large(1)).record(set(new RecordKey(log, "a", ""), 1))))
            .toList();
    assertThat(engine.prepare("aa", parts, 0, parts.size())).isEqualTo(Step.DONE);
    long before = reads();
    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    assertThat(reads() - before)
        .as("one is, and then what is settled by itself")
        .isEqualTo(1 + parts.size());
    assertThat(engine.heads(logs).value()).allMatch(head -> head.head() == 1);
  }

  /** Of one with many rows no more is read than shows that it goes by itself. */
  @Test
  void ofAnIntentOfManyRowsSomeAreRead() {
    List<StreamKey> logs = logsOfOneTag(2);
    StreamKey many = logs.get(0);
    LogRow[] rows =
        LongStream.rangeClosed(1, 1_100)
            .mapToObj(seq -> new LogRow(seq, 1, 1, 0, new byte[900]))
            .toArray(LogRow[]::new);
    take("aa", many, commit().log(many, rows));
    take("aa", logs.get(1), commit().log(logs.get(1), 1, 1));
    long before = scripts();
    engine.settle("aa", true, logs.stream().map(Cell::of).toList());
    assertThat(scripts() - before).as("the other one at once").isEqualTo(2);
    assertThat(engine.heads(logs).value()).extracting(StreamHead::head).containsExactly(1_100L, 1L);
  }

  private static LogRow large(long seq) {
    return new LogRow(seq, 1, 1, 0, new byte[CellBatches.MOST_BYTES]);
  }

  private static long reads() {
    return RedisCluster.shared().masters().stream()
        .mapToLong(master -> ClusterFaultsTest.calls(master, "lrange"))
        .sum();
  }

  private static void eval(String script, byte[]... keys) {
    String[] names =
        Stream.of(keys)
            .map(key -> new String(key, StandardCharsets.US_ASCII))
            .toArray(String[]::new);
    RedisProcess master = RedisCluster.shared().masters().get(RedisCluster.shardOf(names[0]));
    master.ask(each -> each.eval(script, ScriptOutputType.INTEGER, names));
  }

  private static long scripts() {
    return RedisCluster.shared().masters().stream().mapToLong(ClusterFaultsTest::scripts).sum();
  }

  private static List<StreamKey> logsOfOneTag(int count) {
    return ofOneTag(n -> StreamKey.log("tenant", "of one tag " + n), count);
  }

  private static List<StreamKey> inboxesOfOneTag(int count) {
    return ofOneTag(n -> StreamKey.inbox("tenant", "of one tag " + n), count);
  }

  private static List<StreamKey> ofOneTag(IntFunction<StreamKey> made, int count) {
    return IntStream.iterate(0, n -> n + 1)
        .mapToObj(made)
        .filter(stream -> Keys.tag(stream) == Keys.tag(LOG))
        .limit(count)
        .toList();
  }

  /** The largest intents there may be, and rows of all kinds in one. */
  @Test
  void intentsMayBeAsLargeAsACommit() {
    InboxRow[] rows = new InboxRow[9_000];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % 3 == 0 ? note(i + 1L) : keyed(i + 1L, "key " + i % 100);
    }
    Commits all = commit().inbox(INBOX, rows);
    for (int i = 0; i < 1_000; i++) {
      all.record(set(new RecordKey(INBOX, "talk", "id " + i), 1));
    }
    take("aa", INBOX, all);
    engine.settle("aa", true, List.of(Cell.of(INBOX)));
    assertThat(head(INBOX)).isEqualTo(9_000);
    assertThat(engine.list(INBOX, "talk", "", 9_999).value()).hasSize(1_000);
    assertThat(read(0, 9_999).value().items()).hasSize(3_000 + 100);
  }

  // ---- begin.lua, decide.lua, forget.lua, unfinished.lua ----------------------------------------

  @Test
  void aTransactionIsDecidedOnce() {
    String one = engine.newTransaction();
    String two = engine.newTransaction();
    assertThat(engine.decide(one, Decision.COMMITTED)).isEqualTo(Decision.GONE);
    begin(one, LOG, INBOX);
    begin(two, INBOX);
    assertThat(engine.decisions(List.of(one, two, "00unknown")))
        .isEqualTo(
            Map.of(one, Decision.PENDING, two, Decision.PENDING, "00unknown", Decision.GONE));
    assertThat(engine.decide(one, Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
    assertThat(engine.decide(one, Decision.ABORTED)).isEqualTo(Decision.COMMITTED);
    assertThat(engine.decide(two, Decision.ABORTED)).isEqualTo(Decision.ABORTED);
    assertThat(engine.decide(two, Decision.COMMITTED)).isEqualTo(Decision.ABORTED);
    assertThat(engine.decisions(List.of(one, two)))
        .isEqualTo(Map.of(one, Decision.COMMITTED, two, Decision.ABORTED));
    assertThat(engine.unfinished(10))
        .containsExactlyInAnyOrder(
            new Unfinished(one, false, List.of(Cell.of(LOG), Cell.of(INBOX)), List.of()),
            new Unfinished(two, false, List.of(Cell.of(INBOX)), List.of()));
    assertThat(engine.unfinished(1)).hasSize(1);

    engine.forget(one);
    engine.forget(two);
    engine.forget(two);
    assertThat(engine.decisions(List.of(one))).isEqualTo(Map.of(one, Decision.GONE));
    assertThat(engine.unfinished(10)).isEmpty();
    assertThat(dump()).isEmpty();
  }

  /** Whoever is decided stays so, and nothing is made of what is gone. */
  @Test
  void manyAreAbortedAtOnce() {
    List<String> all = Stream.generate(engine::newTransaction).limit(40).toList();
    all.subList(1, 40).forEach(each -> begin(each, INBOX));
    engine.decide(all.get(1), Decision.COMMITTED);
    engine.abort(all);
    Map<String, Decision> decisions = engine.decisions(all);
    assertThat(decisions.get(all.get(0))).isEqualTo(Decision.GONE);
    assertThat(decisions.get(all.get(1))).isEqualTo(Decision.COMMITTED);
    assertThat(all.subList(2, 40)).allMatch(each -> decisions.get(each) == Decision.ABORTED);
  }

  @Test
  void recordsOfTransactionsAreSpreadAndFoundAgain() {
    Set<String> names = new TreeSet<>();
    Set<Integer> tags = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      String name = engine.newTransaction();
      names.add(name);
      tags.add(Keys.tag(name));
      begin(name, StreamKey.STORE, StreamKey.log("te/n{a}nt", "ta\0lk\ud83d\ude00"));
    }
    assertThat(tags).hasSizeGreaterThan(50).isSubsetOf(Keys.tagsOfTransactions());
    assertThat(engine.unfinished(1_000))
        .allMatch(
            each ->
                each.cells()
                    .equals(
                        List.of(
                            Cell.of(StreamKey.STORE),
                            Cell.of(StreamKey.log("te/n{a}nt", "ta\0lk\ud83d\ude00")))))
        .extracting(Unfinished::transaction)
        .containsExactlyInAnyOrderElementsOf(names);
  }

  /** Each cell's part may hold as many guards as a commit may. */
  @Test
  void whatIsNotedOfACommitHoldsAnyNumberOfGuards() {
    List<RecordKey> guarded =
        IntStream.range(0, 70_000).mapToObj(i -> new RecordKey(INBOX, "talk", "" + i)).toList();
    List<Guard> guards = guarded.stream().map(key -> new Guard(key, 1)).toList();
    for (boolean exclusive : new boolean[] {true, false}) {
      Commit guarding =
          new Commit(1, exclusive, List.of(), List.of(), List.of(), List.of(), guards);
      Part other = part(LOG, commit().log(LOG, 1, 1));
      byte[] noted = Decisions.pack(List.of(new Part(Cell.of(INBOX), guarding), other));
      assertThat(Decisions.unpack("aa", noted))
          .isEqualTo(new Unfinished("aa", exclusive, List.of(Cell.of(LOG)), guarded));
    }
  }

  /** A node dies between two steps of a commit; the next store that is opened finishes it. */
  @Test
  void aStoreThatIsOpenedRepairsWhatWasLeft() {
    List<Part> parts =
        List.of(
            part(LOG, commit().log(LOG, 1, 1).dedup(remembered(LOG, "id", 9_999))),
            part(INBOX, commit().inbox(INBOX, InboxRow.reference(1, 1, LOG, 1))));
    String pending = engine.newTransaction();
    assertThat(engine.prepare(pending, parts, 0, parts.size())).isEqualTo(Step.DONE);
    try (Store store = store()) {
      assertThat(store.heads(List.of(LOG, INBOX))).containsOnly(StreamHead.EMPTY);
      assertThat(dump()).isEmpty();
    }
    String committed = engine.newTransaction();
    assertThat(engine.prepare(committed, parts, 0, parts.size())).isEqualTo(Step.DONE);
    assertThat(engine.decide(committed, Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
    try (Store store = store()) {
      assertThat(engine.heads(List.of(LOG, INBOX)).met()).isEmpty();
      assertThat(engine.unfinished(10)).isEmpty();
      assertThat(store.readInbox(INBOX, 0, 10, ANY_SIZE).items())
          .singleElement()
          .matches(item -> item.logRow() != null);
    }
  }

  // ---- scripts of one server, in a cell ---------------------------------------------------------

  /** Every look tells the intent that it met, and shows what is there without it. */
  @Test
  void everyLookTellsTheIntentThatItMet() {
    engine.apply(part(LOG, commit().log(LOG, 1, 2).dedup(remembered(LOG, "id", 9_999))));
    engine.apply(
        part(INBOX, commit().inbox(INBOX, note(1)).record(set(RECORD, 1)).record(set(OTHER, 1))));
    DedupKey known = new DedupKey(LOG, "alice", "id");
    LogRange all = new LogRange(LOG, 1, 9, false, 9, ANY_SIZE);
    List<Seen<?>> before = looks(known, all);
    assertThat(before).allMatch(each -> each.met().isEmpty());
    take("aa", LOG, commit().log(LOG, 3, 3).dedup(remembered(LOG, "new", 9_999)));
    take("bb", INBOX, commit().inbox(INBOX, note(2)).record(set(RECORD, 2)));
    List<Seen<?>> then = looks(known, all);
    assertThat(then)
        .extracting(each -> string(each))
        .isEqualTo(before.stream().map(each -> string(each)).toList());
    assertThat(then)
        .extracting(each -> each.met().stream().map(Met::transaction).toList())
        .containsExactly(
            List.of("aa"),
            List.of("bb"),
            List.of("aa"),
            List.of("aa"),
            List.of("bb"),
            List.of("bb"),
            List.of("bb"));
  }

  private List<Seen<?>> looks(DedupKey known, LogRange all) {
    return List.of(
        engine.heads(List.of(LOG)),
        engine.heads(List.of(INBOX)),
        engine.dedups(List.of(known)),
        engine.readLog(all),
        engine.readInbox(INBOX, 0, 9, ANY_SIZE),
        engine.records(List.of(RECORD)),
        engine.list(INBOX, "cursor", "", 9));
  }

  /** How many there are, and where they end; payloads have no equality. */
  private static String string(Seen<?> seen) {
    return String.valueOf(seen.value()).replaceAll("\\[B@[0-9a-f]+", "bytes");
  }

  @Test
  void trimDoesNothingWhereAnIntentIs() {
    engine.apply(part(LOG, commit().log(LOG, 1, 3)));
    take("aa", LOG, commit().log(LOG, 4, 4));
    assertThat(engine.trim(new Trim(LOG, 2), 10).met()).containsExactly(met(LOG, "aa"));
    assertThat(engine.heads(List.of(LOG)).value().get(0).floor()).isZero();
    engine.settle("aa", true, List.of(Cell.of(LOG)));
    assertThat(engine.trim(new Trim(LOG, 2), 10)).isEqualTo(new Seen<>(2L, List.of()));
  }

  @Test
  void trimsOfMoreThanOneScriptRemovesGoByTurns() {
    int count = 2 * TrimScript.ENOUGH_ROWS + 10;
    for (long from = 1; from <= count; from += 1_000) {
      engine.apply(part(LOG, commit().log(LOG, from, Math.min(count, from + 999))));
    }
    assertThat(engine.trim(new Trim(LOG, count), 2_500).value()).isEqualTo(2_500);
    assertThat(engine.trim(new Trim(LOG, count - 1L), 9_999).value()).isEqualTo(count - 1L);
  }

  // ---- rows.lua ---------------------------------------------------------------------------------

  /** Rows that refer to many logs, in all shards, some of which are not there. */
  @Test
  void inboxesComeWithTheRowsOfLogsInOtherSlots() {
    int logs = 40;
    InboxRow[] rows = new InboxRow[3 * logs];
    for (int i = 0; i < logs; i++) {
      StreamKey log = StreamKey.log("tenant", "talk " + i);
      engine.apply(part(log, commit().log(log, 1, 2)));
      for (int seq = 1; seq <= 3; seq++) {
        int at = (seq - 1) * logs + i;
        rows[at] = InboxRow.reference(at + 1L, 1, log, seq);
      }
    }
    engine.apply(part(INBOX, commit().inbox(INBOX, rows)));
    InboxSlice all = read(0, 999).value();
    assertThat(positions(all)).isEqualTo(LongStream.rangeClosed(1, 3L * logs).boxed().toList());
    assertThat(all.items())
        .allSatisfy(
            item -> {
              LogRow row = item.logRow();
              boolean same = row != null && row.seq() == item.row().seq();
              assertThat(same).isEqualTo(item.row().seq() < 3);
            });
    assertThat(all.more()).isFalse();
    assertThat(read(0, 70).value().more()).isTrue();
    assertThat(read(0, 70).value().scannedTo()).isEqualTo(70);
    assertThat(read(50, 70).value().more()).isFalse();
  }

  /** An intent in a log matters only to a row that is looked for and not there. */
  @Test
  void anIntentInALogIsMetWhereARowIsMissing() {
    engine.apply(part(LOG, commit().log(LOG, 1, 1)));
    take("aa", LOG, commit().log(LOG, 2, 2));
    engine.apply(part(INBOX, commit().inbox(INBOX, InboxRow.reference(1, 1, LOG, 1))));
    assertThat(read(0, 9).met()).isEmpty();
    engine.apply(part(INBOX, commit().inbox(INBOX, InboxRow.reference(2, 1, LOG, 2))));
    assertThat(read(0, 9).met()).containsExactly(met(LOG, "aa"));
  }

  /** The limit of bytes holds for log rows that nobody knew the size of. */
  @Test
  void inboxesAreCutWhereLogRowsDoNotFit() {
    int size = 100_000;
    for (long seq = 1; seq <= 80; seq++) {
      engine.apply(part(LOG, commit().log(LOG, new LogRow(seq, seq, 1, 0, new byte[size]))));
      engine.apply(part(INBOX, commit().inbox(INBOX, InboxRow.reference(seq, 1, LOG, seq))));
    }
    for (int fits : new int[] {0, 1, 2, 63, 64, 65, 79}) {
      InboxSlice slice = engine.readInbox(INBOX, 0, 999, (long) fits * size).value();
      assertThat(slice.items()).as("%d fit", fits).hasSize(Math.max(1, fits));
      assertThat(slice.items()).allMatch(item -> item.logRow() != null);
      assertThat(slice.more()).isTrue();
      assertThat(slice.scannedTo()).isEqualTo(Math.max(1, fits));
    }
    assertThat(engine.readInbox(INBOX, 0, 999, 80L * size).value().more()).isFalse();
  }

  // ---- due.lua ----------------------------------------------------------------------------------

  @Test
  void sweepsGoOverAllTags() {
    Set<Integer> tags = new TreeSet<>();
    int count = 60;
    for (int i = 0; i < count; i++) {
      StreamKey log = StreamKey.log("tenant", "talk " + i);
      tags.add(Keys.tag(log));
      engine.apply(part(log, commit().dedup(remembered(log, "id", 1_000 + i))));
    }
    assertThat(tags).hasSizeGreaterThan(count / 2);
    assertThat(engine.removeExpiredDedups(999, 9_999)).isZero();
    assertThat(engine.removeExpiredDedups(1_009, 9_999)).isEqualTo(10);
    assertThat(engine.removeExpiredDedups(9_999, 7)).isEqualTo(7);
    assertThat(engine.removeExpiredDedups(9_999, 9_999)).isEqualTo(count - 17);
    assertThat(dump()).isEmpty();
  }

  // ---- and all of them --------------------------------------------------------------------------

  @Test
  void scriptsThatMastersForgotAreHandedInAgain() {
    StreamKey[] inboxes = new StreamKey[30];
    Commits all = commit().log(LOG, 1, 1);
    for (int i = 0; i < inboxes.length; i++) {
      inboxes[i] = StreamKey.inbox("tenant", "user " + i);
      all.inbox(inboxes[i], note(1));
    }
    try (Store store = store()) {
      forgetScripts();
      assertThat(store.commit(all.build())).isEqualTo(CommitOutcome.COMMITTED);
      forgetScripts();
      assertThat(store.heads(List.of(inboxes))).allMatch(head -> head.head() == 1);
      forgetScripts();
      assertThat(store.removeExpiredDedups(1, 1)).isZero();
    }
  }

  private static void forgetScripts() {
    RedisCluster.shared().masters().forEach(master -> master.ask(each -> each.scriptFlush()));
  }

  /** All three masters have a part of what is written. */
  @Test
  void streamsAreSpreadOverAllMasters() {
    for (int i = 0; i < 60; i++) {
      StreamKey log = StreamKey.log("tenant", "talk " + i);
      engine.apply(part(log, commit().log(log, 1, 1)));
    }
    for (RedisProcess master : RedisCluster.shared().masters()) {
      List<String> logs = master.ask(each -> each.keys(prefix + ":l*"));
      assertThat(logs).hasSizeBetween(8, 40);
    }
  }

  @Test
  void whatIsPromisedIsNothingWhereReplicasAreNotWaitedFor() {
    assertThat(engine.info().durability()).isEqualTo(Durability.VOLATILE);
  }

  // ---- helpers ----------------------------------------------------------------------------------

  private Store store() {
    return RedisStorage.cluster(RedisCluster.shared().uris())
        .withPrefix(prefix)
        .open(new StoreContext(PATIENCE));
  }

  private static Part part(StreamKey cell, Commits asked) {
    Commit built = asked.build();
    return new Part(Cell.of(cell), built);
  }

  private Step take(String transaction, StreamKey cell, Commits asked) {
    return engine.prepare(transaction, List.of(part(cell, asked)), 0, 1);
  }

  /** Makes the record of a transaction whose first cell cannot be taken. */
  private void begin(String transaction, StreamKey... cells) {
    List<Part> parts = new ArrayList<>();
    for (StreamKey cell : cells) {
      RecordKey none = new RecordKey(cell, "none", "x");
      parts.add(part(cell, commit().record(RecordWrite.replace(none, 98, 99, new byte[0]))));
    }
    assertThat(engine.prepare(transaction, parts, 0, parts.size()))
        .isEqualTo(conflict(Cause.RECORD));
  }

  private static Step conflict(Cause cause) {
    return new Step.Ended(new Conflict(cause));
  }

  private void ended(Cause cause, Part part) {
    assertThat(engine.apply(part)).isEqualTo(conflict(cause));
  }

  private static Met met(StreamKey cell, String transaction) {
    return new Met(Cell.of(cell), transaction, false);
  }

  private static RecordWrite set(RecordKey key, long version) {
    return RecordWrite.set(key, version, new byte[0]);
  }

  private Seen<InboxSlice> read(long after, int limit) {
    return engine.readInbox(INBOX, after, limit, ANY_SIZE);
  }

  private long head(StreamKey stream) {
    return engine.heads(List.of(stream)).value().get(0).head();
  }

  private boolean known(String id) {
    return !engine.dedups(List.of(new DedupKey(LOG, "alice", id))).value().isEmpty();
  }

  private Map<RecordKey, Long> versions() {
    Map<RecordKey, Long> versions = new HashMap<>();
    engine
        .records(List.of(RECORD, OTHER))
        .value()
        .forEach((key, record) -> versions.put(key, record.version()));
    return versions;
  }

  private static List<Long> positions(InboxSlice slice) {
    return slice.items().stream().map(InboxItem::row).map(InboxRow::position).toList();
  }

  /** All that is stored, each key with its size in elements. */
  private Set<String> dump() {
    Set<String> all = new TreeSet<>();
    for (RedisProcess master : RedisCluster.shared().masters()) {
      master.ask(
          commands -> {
            for (String key : commands.keys(prefix + ":*")) {
              String type = commands.type(key);
              Object content =
                  switch (type) {
                    case "list" -> commands.lrange(key, 0, -1);
                    case "hash" -> new TreeMap<>(commands.hgetall(key));
                    default -> commands.zrangeWithScores(key, 0, -1);
                  };
              all.add(key + " " + content);
            }
            return true;
          });
    }
    return all;
  }
}
