package dev.restante.storage.tck;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** The suite on the base over a broken engine. Started by {@link MapMutantTest} only. */
final class MapMutantContract extends StoreContract {
  static volatile MapMutants.@Nullable Mutant mutant;

  private final MemoryMaps.Harness harness =
      new MemoryMaps.Harness(requireNonNull(mutant).opening(), 1_000);

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
