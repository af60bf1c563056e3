package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.remembered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.InboxRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import dev.restante.storage.tck.MemoryCells.Form;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long a commit waits for others, and for whom it does not. */
@Tag("C6")
final class CellWaitsTest {
  /** As many pauses as a call has time for, by {@code Pauses}. */
  private static final int IN_A_CALL = 80;

  private static final StreamKey ALICE = StreamKey.inbox(TENANT, "alice");
  private static final StreamKey BOB = StreamKey.inbox(TENANT, "bob");
  private static final RecordKey DEVICES = new RecordKey(ALICE, "devices", "");
  private static final RecordKey TALKS = new RecordKey(ALICE, "talks", "x");

  private static final Commit EXCLUSIVE = Crowd.AMONG_EXCLUSIVE_ONES_WHO_GUARD.commit();

  private MemoryCells.Shared shared = new MemoryCells.Shared();
  private final List<Integer> lengths = new ArrayList<>();
  private int pauses;

  private final MemoryCells.Steps counting =
      new MemoryCells.Steps() {
        @Override
        public <T> T take(String name, boolean writes, Supplier<T> step) {
          return step.get();
        }

        @Override
        public void pause(int nth) {
          pauses++;
          lengths.add(nth);
        }
      };

  // ---- ever others -----------------------------------------------------------------------------

  /** Where a commit meets somebody who is pending, and another one each time. */
  private enum Crowd {
    AT_THE_ONLY_CELL,
    AT_THE_FIRST_CELL,
    AT_THE_SECOND_CELL,
    AT_A_GUARD,
    AMONG_EXCLUSIVE_ONES_WHO_GUARD,
    /** They end it, each time when it wants to commit. */
    AT_THE_END;

    Commit commit() {
      return switch (this) {
        case AT_THE_ONLY_CELL -> Samples.commit().inbox(BOB, note(1)).build();
        case AT_A_GUARD -> Samples.commit().guard(DEVICES, 0).inbox(BOB, note(1)).build();
        case AMONG_EXCLUSIVE_ONES_WHO_GUARD ->
            Samples.commit()
                .exclusive()
                .record(RecordWrite.set(DEVICES, 1, nothing()))
                .inbox(BOB, note(1))
                .build();
        default -> Samples.commit().inbox(ALICE, note(1)).inbox(BOB, note(1)).build();
      };
    }
  }

  private static class Crowded extends MemoryCells {
    final Crowd crowd;
    private int met;

    Crowded(Shared shared, Crowd crowd, Steps steps) {
      super(shared, Form.PARTITIONS, steps);
      this.crowd = crowd;
    }

    /** Its name comes before those of others. */
    private String another() {
      String name = "a" + ++met;
      shared.records.put(
          name,
          new Entry(
              Decision.PENDING,
              crowd == Crowd.AMONG_EXCLUSIVE_ONES_WHO_GUARD,
              List.of(),
              List.of(DEVICES)));
      return name;
    }

    private Step blocked(int index, Part part) {
      return new Step.Blocked(index, new Met(part.cell(), another(), false));
    }

    @Override
    Step checked(int index, Part part) {
      boolean here =
          switch (crowd) {
            case AT_THE_ONLY_CELL, AT_THE_FIRST_CELL -> index == 0;
            case AT_THE_SECOND_CELL -> index == 1;
            default -> false;
          };
      return here ? blocked(index, part) : super.checked(index, part);
    }

    @Override
    Step look(int index, Part part) {
      return crowd == Crowd.AT_A_GUARD ? blocked(index, part) : super.look(index, part);
    }

    @Override
    public List<Unfinished> unfinished(int limit) {
      if (crowd == Crowd.AMONG_EXCLUSIVE_ONES_WHO_GUARD) {
        another();
      }
      return super.unfinished(limit);
    }

    @Override
    public Decision decide(String transaction, Decision wanted) {
      return super.decide(transaction, crowd == Crowd.AT_THE_END ? Decision.ABORTED : wanted);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoeverIsInTheWayACommitWaitsForOneCallAtMost(Crowd crowd) {
    CellStore store = CellStore.open(new Crowded(shared, crowd, counting));
    pauses = 0;
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.commit(crowd.commit()))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
    assertThat(pauses).isLessThanOrEqualTo(IN_A_CALL);
    assertThat(shared.begun).hasSizeLessThanOrEqualTo(IN_A_CALL / 10);
    assertThat(shared.intents).isEmpty();
    assertThat(shared.records.keySet()).allMatch(name -> name.startsWith("a"));
  }

  /** Each time that it plans, somebody else comes first. */
  @Test
  void whoeverComesFirstAPlanIsMadeAgainForOneCallAtMost() {
    CellStore store = CellStore.open(new MemoryCells(shared, Form.PARTITIONS, counting));
    int[] plans = {0};
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(
            () ->
                store.commitLocked(
                    List.of(BOB),
                    heads -> {
                      plans[0]++;
                      InboxRow next = note(heads.values().iterator().next().head() + 1);
                      Commit ours = commit().inbox(BOB, next).build();
                      assertThat(store.commit(ours)).isEqualTo(CommitOutcome.COMMITTED);
                      return Optional.of(ours);
                    }))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
    assertThat(plans[0]).isBetween(IN_A_CALL / 4, IN_A_CALL / 2 + 1);
  }

  // ---- ever others who are guarded
  // ---------------------------------------------------------------

  /** However many there are, and whatever they are called: they are ended. */
  @Test
  void anExclusiveCommitDoesNotGiveWayToOthersWhoAreNot() {
    Crowded engine =
        new Crowded(shared, Crowd.AMONG_EXCLUSIVE_ONES_WHO_GUARD, counting) {
          @Override
          public List<Unfinished> unfinished(int limit) {
            return super.unfinished(limit).stream()
                .map(
                    each -> new Unfinished(each.transaction(), false, each.cells(), each.guarded()))
                .toList();
          }
        };
    CellStore store = CellStore.open(engine);
    int before = shared.records.size();
    pauses = 0;
    assertThat(store.commit(engine.crowd.commit())).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(shared.begun).hasSize(1);
    assertThat(pauses).isLessThan(IN_A_CALL / 8);
    assertThat(shared.records.values())
        .hasSize(before + 1)
        .extracting(MemoryCells.Entry::decision)
        .containsOnly(Decision.ABORTED);
  }

  /** However many they are, it takes one step to end them. */
  @Test
  void othersWhoAreGuardedAreEndedAtOnce() {
    List<Collection<String>> ended = new ArrayList<>();
    MemoryCells engine =
        new MemoryCells(shared, Form.PARTITIONS, counting) {
          @Override
          public void abort(Collection<String> transactions) {
            ended.add(List.copyOf(transactions));
            super.abort(transactions);
          }
        };
    CellStore store = CellStore.open(engine);
    List<String> names = IntStream.range(100, 300).mapToObj(i -> "a" + i).toList();
    names.forEach(each -> begin(engine, each, DEVICES));
    assertThat(store.commit(EXCLUSIVE)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(ended).containsExactly(names);

    List<String> left = IntStream.range(100, 300).mapToObj(i -> "b" + i).toList();
    left.forEach(each -> begin(engine, each, TALKS));
    assertThat(store.removeExpiredDedups(1, 1)).isZero();
    assertThat(ended).hasSize(2);
    assertThat(ended.get(1)).containsExactlyInAnyOrderElementsOf(left);
    assertThat(shared.records).isEmpty();
  }

  /** To end them counts, too: who has no time left does not. */
  @Test
  void toEndOthersCountsAsWaiting() {
    assertThat(store(0).commit(EXCLUSIVE)).isEqualTo(CommitOutcome.COMMITTED);
    int courtesy = pauses;
    assertThat(store(IN_A_CALL - courtesy - 1).commit(EXCLUSIVE))
        .isEqualTo(CommitOutcome.COMMITTED);
    CellStore late = store(IN_A_CALL - courtesy);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> late.commit(EXCLUSIVE))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
    assertThat(pauses).isEqualTo(IN_A_CALL);
    assertThat(shared.records.values())
        .extracting(MemoryCells.Entry::decision)
        .containsOnly(Decision.PENDING);
  }

  /** One where others are in the way at the second cell so often, and then one who is guarded. */
  private CellStore store(int looks) {
    shared = new MemoryCells.Shared();
    pauses = 0;
    int[] left = {looks};
    MemoryCells engine =
        new MemoryCells(shared, Form.PARTITIONS, counting) {
          @Override
          Step checked(int index, Part part) {
            if (index == 0 || left[0]-- <= 0) {
              return super.checked(index, part);
            }
            String other = "b" + left[0];
            shared.records.put(other, new Entry(Decision.PENDING, false, List.of(), List.of()));
            return new Step.Blocked(index, new Met(part.cell(), other, false));
          }
        };
    CellStore store = CellStore.open(engine);
    begin(engine, "a", DEVICES);
    return store;
  }

  /** He who is met at a guard has given all back at the same moment, and comes again. */
  private static final class InStep extends MemoryCells {
    private final String name;

    InStep(Shared shared, String name, Steps steps) {
      super(shared, Form.PARTITIONS, steps);
      this.name = name;
    }

    @Override
    Step look(int index, Part part) {
      return new Step.Blocked(index, new Met(part.cell(), name, false));
    }
  }

  /** Of two who give way to each other at the same moment one stays behind, longer each time. */
  @Test
  void whoMeetsALesserNameAtAGuardStaysBehind() {
    Commit commit = Crowd.AT_A_GUARD.commit();
    CellStore greater = CellStore.open(new InStep(shared, "a", counting));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> greater.commit(commit));
    assertThat(lengths)
        .hasSizeGreaterThan(IN_A_CALL / 8)
        .hasSize(shared.begun.size())
        .isEqualTo(IntStream.range(0, lengths.size()).boxed().toList());
    lengths.clear();
    shared.begun.clear();
    CellStore lesser = CellStore.open(new InStep(shared, "z", counting));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> lesser.commit(commit));
    assertThat(lengths).isEmpty();
    assertThat(shared.begun).as("beginnings").hasSizeLessThanOrEqualTo(IN_A_CALL / 5 + 1);
  }

  // ---- repairs that fail
  // -------------------------------------------------------------------------

  /** What cannot be repaired now keeps nobody from sweeping, and is told when that is done. */
  @Test
  void sweepsGoOnWhereNothingCanBeRepaired() {
    MemoryCells engine =
        new MemoryCells(shared, Form.PARTITIONS, counting) {
          @Override
          public List<Unfinished> unfinished(int limit) {
            if (!opening) {
              throw new StoreException(Effect.UNAVAILABLE, "not now", null);
            }
            return super.unfinished(limit);
          }
        };
    engine.opening = true;
    CellStore store = CellStore.open(engine);
    engine.opening = false;
    StreamKey log = StreamKey.log(TENANT, "log");
    for (int i = 0; i < 5; i++) {
      DedupKey key = new DedupKey(log, "alice", "" + i);
      assertThat(store.commit(commit().dedup(remembered(key, 1, 1_000)).build()))
          .isEqualTo(CommitOutcome.COMMITTED);
    }
    assertThat(store.removeExpiredDedups(2_000, 3)).isEqualTo(3);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.removeExpiredDedups(2_000, 3))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
    assertThat(engine.removeExpiredDedups(2_000, 3)).as("what is left").isZero();
  }

  /** Nothing can be settled in one cell, as long as it is so. */
  private static class Broken extends MemoryCells {
    static final StreamKey BROKEN = StreamKey.inbox(TENANT, "broken");
    boolean broken = true;

    Broken(Shared shared, Steps steps) {
      super(shared, Form.PARTITIONS, steps);
    }

    /** A transaction whose owner died when all was prepared. */
    void leave(String transaction, StreamKey inbox) {
      List<Part> parts = List.of(new Part(Cell.of(inbox), commit().inbox(inbox, note(1)).build()));
      assertThat(prepare(transaction, parts, 0, 1)).isEqualTo(Step.DONE);
    }

    @Override
    public void settle(String transaction, boolean committed, List<Cell> cells) {
      if (broken && cells.contains(Cell.of(BROKEN))) {
        throw new StoreException(Effect.UNAVAILABLE, "not settled", null);
      }
      super.settle(transaction, committed, cells);
    }
  }

  /** One of which a cell is out of reach, wherever it comes among the others. */
  @Test
  void oneThatCannotBeRepairedKeepsNoOtherFromIt() {
    Broken engine = new Broken(shared, counting);
    CellStore store = CellStore.open(engine);
    for (int i = 0; i < 9; i++) {
      engine.leave("left " + i, i == 4 ? Broken.BROKEN : StreamKey.inbox(TENANT, "inbox " + i));
    }
    engine.decide("left 4", Decision.COMMITTED);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.removeExpiredDedups(2_000, 3))
        .withMessage("not settled");
    assertThat(shared.records).containsOnlyKeys("left 4");
    engine.broken = false;
    assertThat(store.removeExpiredDedups(2_000, 3)).isZero();
    assertThat(shared.records).isEmpty();
    assertThat(store.heads(List.of(Broken.BROKEN)).get(0).head()).isEqualTo(1);
  }

  /**
   * However many want a cell that is out of reach, no record of them stays, to keep repairs from
   * those behind it. What they left there counts for nothing.
   */
  @Test
  void whatIsNotCommittedIsForgottenThoughItCannotBeSettled() {
    Broken engine =
        new Broken(shared, counting) {
          @Override
          Step checked(int index, Part part) {
            if (broken && index == 1) {
              throw new StoreException(Effect.UNAVAILABLE, "not taken", null);
            }
            return super.checked(index, part);
          }
        };
    CellStore store = CellStore.open(engine);
    StreamKey behind = StreamKey.inbox(TENANT, "x");
    Commit commit = commit().inbox(Broken.BROKEN, note(1)).inbox(behind, note(1)).build();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.commit(commit))
        .withMessage("not taken");
    assertThat(shared.intents).hasSize(1);
    assertThat(shared.records).as("left by the owner").isEmpty();

    shared.intents.clear();
    engine.leave("a", Broken.BROKEN);
    engine.leave("b", behind);
    assertThat(engine.decide("b", Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
    assertThat(store.removeExpiredDedups(2_000, 3)).isZero();
    assertThat(shared.records).as("left by a repair").isEmpty();
    assertThat(store.heads(List.of(Broken.BROKEN, behind)))
        .extracting(StreamHead::head)
        .containsExactly(0L, 1L);
    engine.broken = false;
    assertThat(store.commit(commit().inbox(Broken.BROKEN, note(1)).build()))
        .isEqualTo(CommitOutcome.COMMITTED);
    assertThat(shared.intents).isEmpty();
  }

  /** Those who were ended all the same are finished, and what failed before is told. */
  @Test
  void aRepairThatCannotEndOneFinishesTheOthers() {
    Broken engine =
        new Broken(shared, counting) {
          @Override
          public void abort(Collection<String> transactions) {
            assertThat(transactions).containsExactlyInAnyOrder("b", "c");
            super.abort(List.of("b"));
            throw new StoreException(Effect.UNKNOWN, "not ended", null);
          }
        };
    CellStore store = CellStore.open(engine);
    engine.leave("a", Broken.BROKEN);
    engine.leave("b", ALICE);
    engine.leave("c", BOB);
    engine.decide("a", Decision.COMMITTED);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.removeExpiredDedups(2_000, 3))
        .withMessage("not settled");
    assertThat(shared.records).containsOnlyKeys("a", "c");
  }

  /** Others who are decided, and in the way again and again, are no reason to go on for ever. */
  @ParameterizedTest
  @EnumSource(
      value = Crowd.class,
      names = {"AT_THE_ONLY_CELL", "AT_THE_SECOND_CELL"})
  void whoeverIsInTheWayAndDecidedIsNotSettledForEver(Crowd crowd) {
    Crowded engine =
        new Crowded(shared, crowd, counting) {
          @Override
          public Map<String, Decision> decisions(Collection<String> transactions) {
            return transactions.stream()
                .collect(Collectors.toMap(each -> each, each -> Decision.ABORTED));
          }
        };
    CellStore store = CellStore.open(engine);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.commit(crowd.commit()))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
  }

  // ---- one in many cells -----------------------------------------------------------------------

  /** A large commit that died, in the way of another large one. */
  @ParameterizedTest
  @EnumSource
  void whoeverIsInTheWayInManyCellsIsWaitedForOnce(Form form) {
    MemoryCells engine = new MemoryCells(shared, form, counting);
    CellStore store = CellStore.open(engine);
    CommitBuilder large = commit();
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      StreamKey inbox = StreamKey.inbox(TENANT, "%03d".formatted(i));
      large.inbox(inbox, note(1));
      parts.add(new Part(Cell.of(inbox), commit().inbox(inbox, note(1)).build()));
    }
    assertThat(engine.prepare("dead", parts, 0, parts.size())).isEqualTo(Step.DONE);
    pauses = 0;
    assertThat(store.commit(large.build())).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(pauses).isLessThanOrEqualTo(IN_A_CALL / 4);
    assertThat(shared.intents).isEmpty();
  }

  // ---- others who are not in the way -----------------------------------------------------------

  /** A guard is on a record, not on what lies beside it in the same cell. */
  @ParameterizedTest
  @EnumSource
  void whoIsGuardedOnAnotherRecordIsNotEnded(Form form) {
    MemoryCells engine = new MemoryCells(shared, form, counting);
    CellStore store = CellStore.open(engine);
    begin(engine, "a", TALKS);
    begin(engine, "b", DEVICES);
    begin(engine, "z", DEVICES);
    Commit change = commit().exclusive().record(RecordWrite.set(TALKS, 1, nothing())).build();
    assertThat(engine.decide("b", Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
    assertThat(store.commit(change)).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(engine.decide("a", Decision.COMMITTED)).isEqualTo(Decision.ABORTED);
    assertThat(engine.decide("z", Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
  }

  /** Takes no cell, and looks at a record. */
  private static void begin(MemoryCells engine, String name, RecordKey guarded) {
    Commit guard = commit().guard(guarded, 0).build();
    Cell cell = engine.recordsApart() ? Cell.of(guarded) : Cell.of(guarded.partition());
    assertThat(engine.prepare(name, List.of(new Part(cell, guard)), 0, 1)).isEqualTo(Step.DONE);
  }
}
