package dev.restante.storage.tck;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** The suite against one mutant. Started by {@link MutantTest} only, one mutant at a time. */
final class MutantContract extends StoreContract {
  static volatile @Nullable Mutant mutant;

  private final NaiveHarness harness = new NaiveHarness(requireNonNull(mutant).opening());

  @Override
  protected StoreHarness harness() {
    return harness;
  }
}
