package dev.restante.storage.migration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A move as a host sees it. */
@Tag("O5")
final class MoveTest {
  private static final StoreContext CONTEXT = new StoreContext(Duration.ofMillis(40));
  private static final StreamKey LOG = StreamKey.log("t", "log");
  private static final StreamKey EMPTY = StreamKey.log("t", "trimmed to empty");
  private static final StreamKey INBOX = StreamKey.inbox("t", "bob");
  private static final RecordKey RECORD = new RecordKey(INBOX, "cursor", "phone");

  private static final Wire.Weather CALM =
      new Wire.Weather() {
        @Override
        public <T> T around(Wire.Kind kind, Supplier<T> call) {
          return call.get();
        }
      };

  private final Storage from = MemoryStorage.create();
  private final Storage to = MemoryStorage.create();
  private final Store old = from.open(CONTEXT);
  private final Store fresh = to.open(CONTEXT);
  private long nowMillis = 1_000;

  private Move move(String node) {
    return Move.between(from, to, MoveOptions.of(node).pageSize(3));
  }

  private MoveStatus work(Move move) {
    nowMillis += 100;
    return move.work(nowMillis);
  }

  private MoveStatus workUntil(Move move, MovePhase phase) {
    for (int turn = 0; turn < 200; turn++) {
      MoveStatus status = work(move);
      if (status.phase() == phase && !status.busy()) {
        return status;
      }
    }
    throw new AssertionError("It does not come to " + phase + ": " + move.status());
  }

  private static LogRow row(long seq, String text) {
    return new LogRow(seq, seq, seq, 1, text.getBytes(UTF_8));
  }

  private static Commit log(StreamKey log, long from, long to) {
    List<LogRow> rows = LongStream.rangeClosed(from, to).mapToObj(n -> row(n, "m" + n)).toList();
    return new Commit(
        1,
        false,
        List.of(new LogAppend(log, from - 1, true, rows)),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static void committed(Store store, Commit commit) {
    assertThat(store.commit(commit)).isEqualTo(CommitOutcome.COMMITTED);
  }

  private void fill(Store store) {
    committed(store, log(LOG, 1, 5_000));
    store.trim(List.of(new Trim(LOG, 700)), 10_000);
    committed(store, log(EMPTY, 1, 9));
    store.trim(List.of(new Trim(EMPTY, 9)), 10_000);
    List<InboxRow> rows = new ArrayList<>();
    for (long n = 1; n <= 40; n++) {
      rows.add(new InboxRow(n, 1, 1, LOG, n, n % 3 == 0 ? "k" + n % 2 : null, new byte[] {1}));
    }
    DedupRow submit = new DedupRow(new DedupKey(LOG, "a", "c"), 1, 2, 3, Long.MAX_VALUE, false);
    committed(
        store,
        new Commit(
            1,
            false,
            List.of(),
            List.of(new InboxAppend(INBOX, 0, true, rows)),
            List.of(submit),
            List.of(RecordWrite.set(RECORD, 4, "four".getBytes(UTF_8))),
            List.of()));
    store.trim(List.of(new Trim(INBOX, 5)), 10_000);
  }

  /** Each reads some of the inboxes, sooner or later. */
  @Test
  void whatBothStoresRememberIsCounted() {
    try (Store store =
        Move.between(remembering(from, 3, 5), remembering(to, 20, 70), MoveOptions.of("one"))
            .storage()
            .open(CONTEXT)) {
      assertThat(store.messageCache()).isEqualTo(new MessageCacheCounts(23, 75));
    }
  }

  private static Storage remembering(Storage storage, long hits, long misses) {
    return new Storage() {
      @Override
      public String description() {
        return storage.description();
      }

      @Override
      public Store open(StoreContext context) {
        Wire.Weather fair =
            new Wire.Weather() {
              @Override
              public <T> T around(Wire.Kind kind, Supplier<T> call) {
                return call.get();
              }
            };
        return new Wire(storage.open(context), fair) {
          @Override
          public MessageCacheCounts messageCache() {
            return new MessageCacheCounts(hits, misses);
          }
        };
      }
    };
  }

  @Test
  void everythingIsThereAfterwards() {
    Move move = move("one");
    try (Store store = move.storage().open(CONTEXT)) {
      fill(store);
      assertThat(work(move).phase()).isEqualTo(MovePhase.BEFORE);
      move.start(nowMillis);
      MoveStatus verified = workUntil(move, MovePhase.VERIFY);
      assertThat(verified.passes()).isEqualTo(2);
      assertThat(verified.copiedRows()).isGreaterThan(4_300);
      assertThat(verified.mended()).isZero();
      committed(store, log(LOG, 5_001, 5_002));
      committed(store, log(StreamKey.log("t", "new"), 1, 1));
      committed(store, Commit.ofRecords(1, List.of(RecordWrite.remove(RECORD))));
      assertThat(workUntil(move, MovePhase.VERIFY).mirrored()).isEqualTo(3);
      move.switchOver();
      assertThat(workUntil(move, MovePhase.DONE).diverged()).isZero();

      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1)).hasSize(5);
      committed(store, log(LOG, 5_003, 5_003));
      assertThat(fresh.heads(List.of(LOG)).get(0).head()).isEqualTo(5_003);
      assertThat(old.heads(List.of(LOG)).get(0).head()).isEqualTo(5_002);
    }
  }

  @Test
  void theOldStoreIsNotNeededOnceTheNewOneIsUsed() {
    Move move = move("one");
    try (Store store = move.storage().open(CONTEXT)) {
      fill(store);
      move.start(nowMillis);
      move.switchOver();
      workUntil(move, MovePhase.DONE);
    }
    Storage away =
        new Storage() {
          @Override
          public String description() {
            return "away";
          }

          @Override
          public Store open(StoreContext context) {
            throw new StoreException(Effect.UNAVAILABLE, "away", null);
          }
        };
    try (Store store = Move.between(away, to, MoveOptions.of("two")).storage().open(CONTEXT)) {
      assertThat(store.heads(List.of(LOG)).get(0).head()).isEqualTo(5_000);
    }
  }

  @Test
  void aStoreThatIsNotEmptyIsRefused() {
    committed(fresh, log(LOG, 1, 1));
    Move move = move("one");
    try (Store store = move.storage().open(CONTEXT)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> move.start(nowMillis))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.FAULT))
          .withMessageContaining("not empty");
      assertThat(work(move).phase()).isEqualTo(MovePhase.BEFORE);
      committed(store, log(LOG, 1, 1));
    }
  }

  @Test
  void aNodeThatWasClosedLeavesNoDoubt() {
    Move one = move("one");
    Move two = move("two");
    try (Store store = one.storage().open(CONTEXT)) {
      fill(store);
      one.start(nowMillis);
      try (Store other = two.storage().open(CONTEXT)) {
        committed(other, log(LOG, 5_001, 5_001));
        work(two);
        committed(other, log(LOG, 5_002, 5_002));
      }
      workUntil(one, MovePhase.VERIFY);
      nowMillis += 100_000;
      assertThat(workUntil(one, MovePhase.VERIFY).passes()).isEqualTo(2);
      assertThat(fresh.heads(List.of(LOG)).get(0).head()).isEqualTo(5_002);
    }
  }

  @Test
  void whatANodeThatDiedHasLeftIsFound() {
    Move one = move("one");
    Move dead = move("dead");
    try (Store store = one.storage().open(CONTEXT)) {
      fill(store);
      one.start(nowMillis);
      workUntil(one, MovePhase.VERIFY);
      Store other = dead.storage().open(CONTEXT);
      committed(other, log(LOG, 5_001, 5_001));
      for (int i = 0; i < 600 && one.status().phase() != MovePhase.DONE; i++) {
        if (!work(one).switching()) {
          one.switchOver(); // the first one waits for the dead, and is called off
        }
      }
      assertThat(one.status().phase()).isEqualTo(MovePhase.DONE);
      assertThat(one.status().mended()).isPositive();
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1));
      // It wakes up, and is not given what is not so any more.
      committed(other, log(LOG, 5_002, 5_002));
      assertThat(fresh.heads(List.of(LOG)).get(0).head()).isEqualTo(5_002);
    }
  }

  @Test
  void aSwitchThatTakesTooLongIsCalledOff() {
    Move one = move("one");
    Move asleep = move("asleep");
    try (Store store = one.storage().open(CONTEXT);
        Store other = asleep.storage().open(CONTEXT)) {
      fill(store);
      one.start(nowMillis);
      committed(other, log(LOG, 5_001, 5_001));
      one.switchOver();
      for (int i = 0; i < 60 && one.status().phase() != MovePhase.FREEZE; i++) {
        work(one);
      }
      assertThat(one.status().phase()).isEqualTo(MovePhase.FREEZE);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.commit(log(LOG, 5_002, 5_002)))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
      assertThat(store.heads(List.of(LOG)).get(0).head()).isEqualTo(5_001);
      nowMillis += 6_000;
      MoveStatus status = work(one);
      assertThat(status.phase()).isEqualTo(MovePhase.VERIFY);
      assertThat(status.switching()).isFalse();
      assertThat(status.calledOff()).isEqualTo(1);
      committed(store, log(LOG, 5_002, 5_002));
      // All work now.
      one.switchOver();
      for (int i = 0; i < 200 && one.status().phase() != MovePhase.DONE; i++) {
        work(one);
        work(asleep);
      }
      assertThat(one.status().phase()).isEqualTo(MovePhase.DONE);
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1));
    }
  }

  /** The one that is ahead sees a freeze that began an hour ago, by its clock. */
  @Test
  void nodesWhoseClocksDifferSwitchAllTheSame() {
    Move one = move("one");
    Move ahead = move("ahead");
    try (Store store = one.storage().open(CONTEXT);
        Store other = ahead.storage().open(CONTEXT)) {
      fill(store);
      one.start(nowMillis);
      committed(other, log(LOG, 5_001, 5_001));
      one.switchOver();
      for (int i = 0; i < 200 && one.status().phase() != MovePhase.DONE; i++) {
        work(one);
        ahead.work(nowMillis + 3_600_000);
      }
      assertThat(one.status().phase()).isEqualTo(MovePhase.DONE);
      assertThat(ahead.status().calledOff() + one.status().calledOff()).isZero();
    }
  }

  @Test
  void aNodeThatIsStartedAgainAfterwardsSaysSo() {
    Move one = move("one");
    try (Store store = one.storage().open(CONTEXT)) {
      fill(store);
      one.start(nowMillis);
      one.switchOver();
      workUntil(one, MovePhase.DONE);
    }
    assertThat(one.status().phase()).isEqualTo(MovePhase.DONE);
    Move again = move("one");
    assertThat(again.status().phase()).isEqualTo(MovePhase.BEFORE);
    try (Store store = again.storage().open(CONTEXT)) {
      assertThat(store.heads(List.of(LOG)).get(0).head()).isEqualTo(5_000);
      assertThat(work(again).phase()).isEqualTo(MovePhase.DONE);
    }
  }

  /** The call ends after the node has gone, and nobody else knows what it changed. */
  @Test
  void aNodeThatIsClosedDuringACallStaysOnTheList() {
    Move one = move("one");
    Store store = one.storage().open(CONTEXT);
    one.start(nowMillis);
    committed(store, log(EMPTY, 1, 1));
    work(one);
    assertThat(listed()).isTrue();
    LockedPlan closes =
        heads -> {
          Commit commit = log(LOG, 1, 1);
          store.close();
          return Optional.of(commit);
        };
    // It was planned after the store was closed: it is not written, and nothing is left.
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.commitLocked(List.of(LOG), closes));
    assertThat(old.heads(List.of(LOG)).get(0).head()).isZero();
    assertThat(listed()).isFalse();
  }

  /** In the middle of a commit, which is written. */
  @Test
  void aNodeThatIsClosedInTheMiddleOfACommitStaysOnTheList() {
    AtomicReference<Runnable> inCommit = new AtomicReference<>(() -> {});
    Store slow =
        new Wire(old, CALM) {
          @Override
          public CommitOutcome commit(Commit commit) {
            inCommit.getAndSet(() -> {}).run();
            return old.commit(commit);
          }

          @Override
          public void close() {}
        };
    Storage slowly =
        new Storage() {
          @Override
          public String description() {
            return "slow";
          }

          @Override
          public Store open(StoreContext context) {
            return slow;
          }
        };
    Move one = Move.between(slowly, to, MoveOptions.of("one"));
    Store store = one.storage().open(CONTEXT);
    one.start(nowMillis);
    committed(store, log(EMPTY, 1, 1));
    work(one);
    inCommit.set(store::close);
    committed(store, log(LOG, 1, 1));
    assertThat(listed()).isTrue();
  }

  private boolean listed() {
    return old.list(StreamKey.STORE, "moving", "", 10).stream()
        .anyMatch(record -> record.key().id().startsWith("node:"));
  }

  /** So many rows that the others would take a node that compares them for dead. */
  @Test
  void aNodeThatComparesALongStreamShowsThatItWorks() {
    Move one = move("one");
    try (Store store = one.storage().open(CONTEXT)) {
      for (int i = 0; i < 25; i++) {
        committed(store, log(LOG, 2_000L * i + 1, 2_000L * (i + 1)));
      }
      one.start(nowMillis);
      workUntil(one, MovePhase.VERIFY);
      one.switchOver();
      long before = version();
      // Without the clock going on, so that it is not due otherwise.
      for (int i = 0; i < 20 && one.status().passes() < 3; i++) {
        one.work(nowMillis);
      }
      for (int i = 0; i < 3; i++) {
        one.work(nowMillis);
      }
      assertThat(version() - before).isGreaterThanOrEqualTo(2);
    }
  }

  private long version() {
    return old.list(StreamKey.STORE, "moving", "", 10).stream()
        .filter(record -> record.key().id().equals("node:one"))
        .findFirst()
        .orElseThrow()
        .version();
  }

  @Test
  void whatMayComeLaterDoesNotKeepTheSwitchFromBeingMade() {
    Marks marks = new Marks(1_000);
    marks.end(marks.begin(List.of("a", "b")), Marks.Fate.UNKNOWN);
    marks.end(marks.begin(List.of("c")), Marks.Fate.DONE);
    assertThat(marks.ripe()).isEqualTo(1);
    assertThat(marks.size()).isEqualTo(3);
    assertThat(marks.take(9)).containsExactly("c");
    assertThat(marks.isEmpty()).isFalse();
    assertThat(marks.takeAll()).containsExactly("a", "b");
    assertThat(marks.isEmpty()).isTrue();
    marks.begin(List.of("d"));
    assertThat(marks.isEmpty()).isFalse();
  }

  @Test
  void namesOfNodesAreNamesOfRecords() {
    assertThat(MoveOptions.of("\u00e9".repeat(100)).node()).hasSize(100);
    for (String wrong : List.of("", "\u00e9".repeat(100) + "x", "a\nb", "a\u0000", "\ud800")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> MoveOptions.of(wrong))
          .withMessageContaining("200 bytes");
    }
  }

  @Test
  void aRowThatDiffersKeepsTheSwitchFromBeingMade() {
    Move move = move("one");
    try (Store store = move.storage().open(CONTEXT)) {
      committed(store, log(LOG, 1, 3));
      move.start(nowMillis);
      workUntil(move, MovePhase.VERIFY);
      committed(old, log(LOG, 4, 4));
      committed(
          fresh,
          new Commit(
              1,
              false,
              List.of(new LogAppend(LOG, 3, true, List.of(row(4, "another")))),
              List.of(),
              List.of(),
              List.of(),
              List.of()));
      move.switchOver();
      for (int i = 0; i < 60; i++) {
        work(move);
      }
      assertThat(move.status().phase()).isEqualTo(MovePhase.VERIFY);
      assertThat(move.status().diverged()).isPositive();
      assertThat(move.status().detail()).isNotEmpty();
      long passes = move.status().passes();
      move.switchOver();
      workUntil(move, MovePhase.VERIFY);
      assertThat(move.status().passes()).isGreaterThan(passes);
    }
  }

  @Test
  void whatANodeCannotRememberIsFoundByAComparison() {
    Move move =
        Move.between(
            from,
            to,
            new MoveOptions("one", Duration.ofSeconds(5), Duration.ofSeconds(15), 100, 1, 1_000));
    try (Store store = move.storage().open(CONTEXT)) {
      move.start(nowMillis);
      workUntil(move, MovePhase.VERIFY);
      for (int i = 0; i < 1_200; i++) {
        committed(store, log(StreamKey.log("t", "log " + i), 1, 1));
      }
      MoveStatus status = workUntil(move, MovePhase.VERIFY);
      assertThat(status.passes()).isGreaterThan(2);
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1)).hasSize(1_200);
    }
  }

  @Test
  void anAbandonedMoveCanBeStartedAgain() {
    Move move = move("one");
    try (Store store = move.storage().open(CONTEXT)) {
      move.start(nowMillis);
      workUntil(move, MovePhase.VERIFY);
      move.abandon();
      assertThat(work(move).phase()).isEqualTo(MovePhase.BEFORE);
      assertThatIllegalStateException().isThrownBy(() -> move.switchOver());
      committed(store, log(LOG, 1, 3));
      assertThat(fresh.heads(List.of(LOG)).get(0).head()).isZero();
      move.start(nowMillis);
      move.switchOver();
      workUntil(move, MovePhase.DONE);
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1)).hasSize(1);
      assertThatIllegalStateException().isThrownBy(() -> move.abandon());
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> move.start(nowMillis))
        .withMessageStartingWith("The move is done: ");
  }

  @Test
  void aStoreIsNotMovedToItself() {
    Storage same = MemoryStorage.create();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Move.between(same, same, MoveOptions.of("one")))
        .withMessageContaining(same.description());
  }

  @Test
  void badOptionsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MoveOptions.of(""))
        .withMessageContaining("node must have 1 to 200 bytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MoveOptions.of("n").longestPause(Duration.ofMinutes(2)))
        .withMessageContaining("longestPause must be 100 ms to 1 minute, is PT2M");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MoveOptions.of("n").nodeTimeout(Duration.ZERO))
        .withMessageContaining("nodeTimeout");
    assertThatIllegalArgumentException().isThrownBy(() -> MoveOptions.of("n").pageSize(0));
    assertThatIllegalArgumentException().isThrownBy(() -> MoveOptions.of("n").compareEvery(0));
    assertThatIllegalArgumentException().isThrownBy(() -> MoveOptions.of("n").maxWaiting(10));
  }
}
