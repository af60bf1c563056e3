package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.OrderedStore;
import dev.restante.storage.ordered.Table;
import dev.restante.storage.tck.MemoryMaps.Disk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The base for ordered maps on an engine that fails: whatever it says, what was accepted is there.
 */
final class MapFaultsTest {
  private static final StreamKey LOG = StreamKey.log("t", "c");
  private static final RecordKey RECORD = new RecordKey(LOG, "space", "id");
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int STEPS = 14;

  /** What becomes of the batch whose write fails. */
  private enum Landing {
    /** Nothing. */
    NEVER,
    /** It comes to light when the data are opened anew. */
    OPENED_ANEW,
    /** It is there at once. */
    AT_ONCE
  }

  /** The disk, and what happens to the writes on it. */
  private static final class Faults {
    final Disk disk = new Disk();
    private int writes;
    private int failing = Integer.MAX_VALUE;
    private @Nullable RuntimeException failure;
    private Landing landing = Landing.NEVER;
    private List<Change> late = List.of();
    private int failedOpenings;
    private int openings;
    private boolean broken;

    MemoryMaps open() {
      if (failedOpenings > 0) {
        failedOpenings--;
        throw new StoreException(Effect.UNAVAILABLE, "not now", null);
      }
      openings++;
      broken = false;
      return new Engine();
    }

    void failAt(int write, RuntimeException with, Landing becoming) {
      failing = writes + write;
      failure = with;
      landing = becoming;
    }

    private final class Engine extends MemoryMaps {
      Engine() {
        super(Faults.this.disk);
        if (!late.isEmpty()) {
          disk.tables = with(late);
          late = List.of();
        }
      }

      @Override
      public boolean usable() {
        return !broken;
      }

      @Override
      void apply(List<Change> changes) {
        if (writes++ != failing) {
          super.apply(changes);
          return;
        }
        if (landing == Landing.AT_ONCE) {
          super.apply(changes);
        } else if (landing == Landing.OPENED_ANEW) {
          late = changes;
        }
        throw requireNonNull(failure);
      }
    }
  }

  private static RuntimeException failing(Effect effect) {
    return new StoreException(effect, "a fault", null);
  }

  private static OrderedStore open(Faults faults, int remembered) {
    return OrderedStore.open(faults::open, PATIENCE, remembered);
  }

  private static Commit append(long seq, long version, int payload) {
    LogRow row = new LogRow(seq, seq, 5, 0, new byte[] {(byte) payload});
    DedupRow dedup =
        new DedupRow(new DedupKey(LOG, "s", "id" + seq), 1, seq, 5, Long.MAX_VALUE, false);
    return new Commit(
        5,
        false,
        List.of(new LogAppend(LOG, seq - 1, true, List.of(row))),
        List.of(),
        List.of(dedup),
        List.of(RecordWrite.replace(RECORD, version - 1, version, new byte[] {(byte) payload})),
        List.of());
  }

  // ---- every write may fail ---------------------------------------------------------------------

  /** Writes as the core does: after a failure it examines, and then goes on at what is there. */
  private static final class Story {
    private Store store;
    private final Map<Long, Integer> accepted = new TreeMap<>();
    private @Nullable Integer doubtful;
    private int payload;
    private long floor;

    Story(Store store) {
      this.store = store;
    }

    /** The same data once more. */
    void checkAgain(Store again) {
      store = again;
      check();
    }

    void tell() {
      for (int step = 0; step < STEPS; step++) {
        if (step == 5 || step == 9) {
          trim(accepted.size() - 2);
        } else {
          append();
        }
        check();
      }
    }

    private void append() {
      long head = head();
      int next = ++payload;
      try {
        CommitOutcome outcome = store.commit(MapFaultsTest.append(head + 1, head + 1, next));
        assertThat(outcome).isEqualTo(CommitOutcome.COMMITTED);
        accepted.put(head + 1, next);
      } catch (StoreException e) {
        doubtful = next;
        examine(head + 1, e.effect() == Effect.UNKNOWN);
      }
    }

    /** What failed in doubt was written or was not; what failed otherwise was not. */
    private void examine(long seq, boolean mayBe) {
      if (head() == seq) {
        assertThat(mayBe).as("written although it was said not to be").isTrue();
        accepted.put(seq, requireNonNull(doubtful));
      }
      doubtful = null;
    }

    private void trim(long through) {
      try {
        floor = store.trim(List.of(new Trim(LOG, through)), 100).get(0);
      } catch (StoreException e) {
        floor = store.heads(List.of(LOG)).get(0).floor();
      }
    }

    private long head() {
      return store.heads(List.of(LOG)).get(0).head();
    }

    private void check() {
      Map<Long, Integer> stored = new TreeMap<>();
      LogRange all = new LogRange(LOG, 1, Long.MAX_VALUE, false, 99, Long.MAX_VALUE);
      store.readLog(all).rows().forEach(row -> stored.put(row.seq(), (int) row.payload()[0]));
      Map<Long, Integer> expected = new TreeMap<>(accepted);
      expected.keySet().removeIf(seq -> seq <= floor);
      assertThat(stored).isEqualTo(expected);
      assertThat(head()).isEqualTo(accepted.size());
      if (!accepted.isEmpty()) {
        StoredRecord record = requireNonNull(store.records(List.of(RECORD)).get(RECORD));
        assertThat(record.version()).isEqualTo(accepted.size());
        assertThat((int) record.payload()[0]).isEqualTo(accepted.get((long) accepted.size()));
      }
      for (long seq = 1; seq <= accepted.size() + 1; seq++) {
        DedupKey key = new DedupKey(LOG, "s", "id" + seq);
        assertThat(store.dedups(List.of(key)).containsKey(key))
            .isEqualTo(accepted.containsKey(seq));
      }
    }
  }

  /** Returns how often the engine was opened in the course of it. */
  private static int tell(RuntimeException failure, Landing landing, int write, int remembered) {
    Faults faults = new Faults();
    Story story;
    try (Store store = open(faults, remembered)) {
      faults.failAt(write, failure, landing);
      story = new Story(store);
      story.tell();
    }
    assertThat(faults.writes).isGreaterThan(write);
    int openings = faults.openings;
    try (Store again = open(faults, remembered)) {
      story.checkAgain(again);
    }
    return openings;
  }

  private static void everyWrite(RuntimeException failure, Landing landing, int openings) {
    for (int remembered : new int[] {0, 100}) {
      for (int write = 0; write < STEPS; write++) {
        assertThat(tell(failure, landing, write, remembered)).isEqualTo(openings);
      }
    }
  }

  @Test
  void aWriteInDoubtIsFoundOutWhateverBecameOfIt() {
    for (Landing landing : Landing.values()) {
      everyWrite(failing(Effect.UNKNOWN), landing, 2);
    }
  }

  @Test
  void aWriteThatFailsInAWayOfItsOwnIsInDoubt() {
    for (Landing landing : Landing.values()) {
      everyWrite(new IllegalStateException("a fault"), landing, 2);
    }
  }

  @Test
  void aWriteThatWasNotDoneHarmsNothing() {
    for (Effect effect : List.of(Effect.TRANSIENT, Effect.UNAVAILABLE, Effect.FAULT)) {
      everyWrite(failing(effect), Landing.NEVER, 1);
    }
  }

  /** And the story finds it if an engine is wrong about that. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NEVER")
  void aWriteThatWasDoneAllTheSameIsNoticed(Landing landing) {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> tell(failing(Effect.TRANSIENT), landing, 3, 100));
  }

  // ---- opening ----------------------------------------------------------------------------------

  @Test
  void callsFailForAsLongAsTheDataCannotBeOpenedAnew() {
    Faults faults = new Faults();
    try (Store store = open(faults, 100)) {
      faults.failAt(0, failing(Effect.UNKNOWN), Landing.NEVER);
      assertEffect(Effect.UNKNOWN, () -> store.commit(append(1, 1, 1)));
      faults.failedOpenings = 2;
      assertEffect(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
      assertEffect(Effect.UNAVAILABLE, () -> store.commit(append(1, 1, 1)));
      assertThat(store.info().name()).isEqualTo("maps");
      assertThat(store.commit(append(1, 1, 1))).isEqualTo(CommitOutcome.COMMITTED);
    }
    open(faults, 100).close();
  }

  @Test
  void openingIsNeverInDoubt() {
    Faults faults = new Faults();
    faults.failAt(0, failing(Effect.UNKNOWN), Landing.NEVER);
    assertEffect(Effect.UNAVAILABLE, () -> open(faults, 100));
    open(faults, 100).close();
  }

  @Test
  void anEngineThatCannotGoOnIsOpenedAnew() {
    Faults faults = new Faults();
    try (Store store = open(faults, 100)) {
      store.commit(append(1, 1, 1));
      faults.broken = true;
      faults.failedOpenings = 1;
      assertEffect(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
      assertThat(store.heads(List.of(LOG)).get(0).head()).isEqualTo(1);
      assertThat(faults.openings).isEqualTo(2);
      assertThat(store.commit(append(2, 2, 2))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(faults.openings).isEqualTo(2);
    }
  }

  @Test
  void whatANewerVersionWroteIsRefusedAndLetGo() {
    Faults faults = new Faults();
    open(faults, 100).close();
    byte[] format = "format".getBytes(UTF_8);
    MemoryMaps maps = faults.open();
    maps.write(List.of(new Change(Table.META, format, new byte[] {2})));
    maps.close();
    assertEffect(Effect.FAULT, () -> open(faults, 100));
    assertThat(faults.disk.inUse).isFalse();
  }

  @Test
  void anEngineThatIsNotAloneOrDoesNotLockOrMoveIsRefused() {
    refused(
        info ->
            new StoreInfo(
                info.name(), info.durability(), true, true, info.moving(), 1 << 20, 1_000));
    refused(
        info ->
            new StoreInfo(
                info.name(), info.durability(), false, false, info.moving(), 1 << 20, 1_000));
    refused(
        info ->
            new StoreInfo(info.name(), info.durability(), false, true, Moving.IN, 1 << 20, 1_000));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(new Faults(), -1))
        .withMessageContaining("-1");
  }

  @Test
  void aWalkGoesOnOnlyWhereAPageEnded() {
    try (Store store = open(new Faults(), 9)) {
      for (String nowhere : List.of("3", "x", "0f", "0zz", "0ffff", "1ffffff")) {
        assertThatIllegalArgumentException().isThrownBy(() -> store.walk(nowhere, 1));
      }
      assertThat(store.walk("0fffe", 1).next()).isEqualTo("1");
    }
  }

  private static void refused(UnaryOperator<StoreInfo> declared) {
    Disk disk = new Disk();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                OrderedStore.open(
                    () ->
                        new MemoryMaps(disk) {
                          @Override
                          public StoreInfo info() {
                            return declared.apply(super.info());
                          }
                        },
                    PATIENCE,
                    9))
        .withMessageContaining(Durability.LOCAL.toString());
    assertThat(disk.inUse).isFalse();
  }

  // ---- turns ------------------------------------------------------------------------------------

  @Test
  void aTurnThatDoesNotComeInTimeIsTransient() throws Exception {
    Faults faults = new Faults();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    CountDownLatch planning = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    try (Store store = OrderedStore.open(faults::open, Duration.ofMillis(1), 9)) {
      Future<CommitOutcome> other =
          threads.submit(
              () ->
                  store.commitLocked(
                      List.of(LOG),
                      heads -> {
                        planning.countDown();
                        await(done);
                        return Optional.of(append(1, 1, 1));
                      }));
      planning.await();
      assertEffect(Effect.TRANSIENT, () -> store.commit(append(1, 1, 2)));
      assertThat(store.heads(List.of(LOG)).get(0).head()).as("readers wait for nobody").isZero();
      done.countDown();
      assertThat(other.get()).isEqualTo(CommitOutcome.COMMITTED);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * What a commit found remembered before its turn counts in the turn only if it is remembered
   * still: its stream was forgotten meanwhile and written to under another object.
   */
  @Test
  void whatIsForgottenBeforeTheTurnIsReadAgain() throws Exception {
    Faults faults = new Faults();
    List<RecordKey> others = new ArrayList<>();
    List<LogAppend> appends = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      StreamKey other = StreamKey.log("t", "other" + i);
      others.add(new RecordKey(other, "space", "id"));
      appends.add(new LogAppend(other, 0, true, List.of(row(1, 1))));
    }
    try (Store store = open(faults, 16)) {
      assertThat(store.commit(logs(appends))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.commit(logs(List.of(new LogAppend(LOG, 0, true, List.of(row(1, 1)))))))
          .isEqualTo(CommitOutcome.COMMITTED);
      FutureTask<CommitOutcome> late =
          new FutureTask<>(
              () -> store.commit(logs(List.of(new LogAppend(LOG, 1, true, List.of(row(2, 9)))))));
      Thread thread = new Thread(late);
      CommitOutcome first =
          store.commitLocked(
              List.of(),
              heads -> {
                thread.start();
                awaitTurnOf(thread);
                store.records(others);
                return Optional.of(logs(List.of(new LogAppend(LOG, 1, true, List.of(row(2, 2))))));
              });
      assertThat(first).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(late.get()).isEqualTo(new CommitOutcome.Conflict(Cause.HEAD));
      assertThat(store.readLog(new LogRange(LOG, 2, 2, false, 9, 9)).rows().get(0).payload())
          .containsExactly(2);
    }
  }

  /** Until it waits for its turn, which is all that it ever waits for. */
  private static void awaitTurnOf(Thread thread) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      assertThat(System.nanoTime()).as("it does not wait").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static LogRow row(long seq, int payload) {
    return new LogRow(seq, seq, 5, 0, new byte[] {(byte) payload});
  }

  private static Commit logs(List<LogAppend> appends) {
    return new Commit(5, false, appends, List.of(), List.of(), List.of(), List.of());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * A guard that was looked up once is not looked up again; what changed it is noticed all the
   * same.
   */
  @Test
  void aRememberedGuardIsForgottenWhenItsRecordChanges() {
    Faults faults = new Faults();
    try (Store store = open(faults, 100)) {
      store.commit(Commit.ofRecords(5, List.of(RecordWrite.set(RECORD, 1, new byte[0]))));
      assertThat(store.commit(guarded(1))).isEqualTo(CommitOutcome.COMMITTED);
      store.commit(Commit.ofRecords(5, List.of(RecordWrite.set(RECORD, 2, new byte[0]))));
      assertThat(store.commit(guarded(1))).isInstanceOf(CommitOutcome.Conflict.class);
      assertThat(store.commit(guarded(2))).isEqualTo(CommitOutcome.COMMITTED);
    }
  }

  private static Commit guarded(long version) {
    return new Commit(
        5,
        false,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        new ArrayList<>(List.of(new Guard(RECORD, version))));
  }

  private static void assertEffect(Effect effect, Runnable call) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(call::run)
        .satisfies(e -> assertThat(e.effect()).isEqualTo(effect));
  }
}
