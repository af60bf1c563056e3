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
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
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
      move.switchOver(nowMillis);
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
      move.switchOver(nowMillis);
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
          one.switchOver(nowMillis); // the first one waits for the dead, and is called off
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
      one.switchOver(nowMillis);
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
      one.switchOver(nowMillis);
      for (int i = 0; i < 200 && one.status().phase() != MovePhase.DONE; i++) {
        work(one);
        work(asleep);
      }
      assertThat(one.status().phase()).isEqualTo(MovePhase.DONE);
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1));
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
      move.switchOver(nowMillis);
      for (int i = 0; i < 60; i++) {
        work(move);
      }
      assertThat(move.status().phase()).isEqualTo(MovePhase.VERIFY);
      assertThat(move.status().diverged()).isPositive();
      assertThat(move.status().detail()).isNotEmpty();
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
      move.abandon(nowMillis);
      assertThat(work(move).phase()).isEqualTo(MovePhase.BEFORE);
      assertThatIllegalStateException().isThrownBy(() -> move.switchOver(nowMillis));
      committed(store, log(LOG, 1, 3));
      assertThat(fresh.heads(List.of(LOG)).get(0).head()).isZero();
      move.start(nowMillis);
      move.switchOver(nowMillis);
      workUntil(move, MovePhase.DONE);
      assertThat(Holdings.of(fresh, 1)).isEqualTo(Holdings.of(old, 1)).hasSize(1);
      assertThatIllegalStateException().isThrownBy(() -> move.abandon(nowMillis));
    }
    assertThatIllegalStateException().isThrownBy(() -> move.start(nowMillis));
  }

  @Test
  void badOptionsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MoveOptions.of(""))
        .withMessageContaining("node must have 1 to 200 characters");
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
