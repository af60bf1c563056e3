package dev.restante.storage.tck;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps of one store, one of which goes wrong: the process dies just before it, or the answer never
 * comes and the step lands when its time has come, or never.
 */
final class CellFaults implements MemoryCells.Steps {
  /** The process is no more. Nothing catches it. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private final int at;
  private final boolean kills;
  private final int lost;
  private int taken;
  private @Nullable Supplier<?> late;
  private @Nullable Object landed;
  private boolean happened;

  private CellFaults(int at, boolean kills, int lost) {
    this.at = at;
    this.kills = kills;
    this.lost = lost;
  }

  /** Dies before the step with this number, counted from 0. */
  static CellFaults kill(int at) {
    return new CellFaults(at, true, 0);
  }

  /**
   * The answer to this step and to some after it never comes; what the first one writes may land
   * later, the others never happen.
   */
  static CellFaults late(int at, int lost) {
    return new CellFaults(at, false, lost);
  }

  /** Whether it has come to the fault. */
  boolean happened() {
    return happened;
  }

  /** Lets the late step land, once. */
  void land() {
    Supplier<?> step = late;
    late = null;
    if (step != null) {
      landed = step.get();
    }
  }

  /** What the late step came to; nothing if there was none. */
  Optional<Object> landed() {
    return Optional.ofNullable(landed);
  }

  @Override
  public <T> T take(String name, boolean writes, Supplier<T> step) {
    int number = taken++;
    if (kills && number >= at) {
      happened = true;
      throw new Killed();
    }
    if (!kills && number >= at && number <= at + lost) {
      happened = true;
      if (number == at && writes) {
        late = step;
      }
      throw new StoreException(Effect.UNKNOWN, "no answer to " + name, null);
    }
    return step.get();
  }

  @Override
  public void pause(int nth) {
    // Nobody else is there to wait for.
  }
}
