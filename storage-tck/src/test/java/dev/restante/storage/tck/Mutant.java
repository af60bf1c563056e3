package dev.restante.storage.tck;

import dev.restante.storage.Store;
import dev.restante.storage.tck.NaiveStore.Data;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A store that breaks one rule.
 *
 * @param rule the rule
 * @param deed what the store does wrong
 * @param opening opens it
 */
record Mutant(String rule, String deed, Function<Data, Store> opening) {
  static Stream<Mutant> all() {
    return Stream.of(
            CommitMutants.all(),
            StreamMutants.all(),
            ValueMutants.all(),
            InboxMutants.all(),
            HistoryMutants.all(),
            DataMutants.all(),
            LifecycleMutants.all(),
            MovingMutants.all())
        .flatMap(group -> group);
  }

  @Override
  public String toString() {
    return rule + ": a store that " + deed;
  }
}
