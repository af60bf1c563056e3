package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
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
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
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

  private final MemoryCells.Shared shared = new MemoryCells.Shared();
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
        }
      };

  // ---- ever others -----------------------------------------------------------------------------

  /** Where a commit meets somebody who is pending, and another one each time. */
  private enum Crowd {
    AT_THE_ONLY_CELL,
    AT_THE_FIRST_CELL,
    AT_THE_SECOND_CELL,
    AT_A_GUARD,
    AMONG_THOSE_WHO_GUARD,
    /** They end it, each time when it wants to commit. */
    AT_THE_END;

    Commit commit() {
      return switch (this) {
        case AT_THE_ONLY_CELL -> Samples.commit().inbox(BOB, note(1)).build();
        case AT_A_GUARD -> Samples.commit().guard(DEVICES, 0).inbox(BOB, note(1)).build();
        case AMONG_THOSE_WHO_GUARD ->
            Samples.commit()
                .exclusive()
                .record(RecordWrite.set(DEVICES, 1, nothing()))
                .inbox(BOB, note(1))
                .build();
        default -> Samples.commit().inbox(ALICE, note(1)).inbox(BOB, note(1)).build();
      };
    }
  }

  private static final class Crowded extends MemoryCells {
    private final Crowd crowd;
    private int met;

    Crowded(Shared shared, Crowd crowd, Steps steps) {
      super(shared, Form.PARTITIONS, steps);
      this.crowd = crowd;
    }

    /** Its name comes before those of others. */
    private String another() {
      String name = "a" + ++met;
      shared.records.put(name, new Entry(Decision.PENDING, List.of(), List.of(DEVICES)));
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
      if (crowd == Crowd.AMONG_THOSE_WHO_GUARD) {
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
