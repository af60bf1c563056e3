package dev.restante.storage.tck;

import static java.util.Objects.requireNonNull;

import dev.restante.bus.NodeBus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The suite against one mutant. Started by {@link BusMutantTest} only, one mutant at a time. */
final class BusMutantContract extends BusContract {
  static volatile @Nullable BusMutant mutant;

  private final BadBus.Place place = new BadBus.Place(requireNonNull(mutant));

  @Override
  protected NodeBus bus() {
    return place.bus("one");
  }

  @Override
  protected NodeBus another() {
    return place.bus("another");
  }

  /** What a mutant loses never comes, and within a process the rest comes at once. */
  @Override
  protected Duration patience() {
    return Duration.ofSeconds(3);
  }
}
