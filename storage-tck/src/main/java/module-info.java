/**
 * The contract suite for stores. An adapter proves itself by extending {@code StoreContract} in its
 * own tests.
 */
module dev.restante.storage.tck {
  requires transitive dev.restante.storage;
  requires org.assertj.core;
  requires static org.jspecify;
  requires transitive org.junit.jupiter.api;

  exports dev.restante.storage.tck;

  // the rules are methods of package-private interfaces, which JUnit calls by reflection
  opens dev.restante.storage.tck;
}
