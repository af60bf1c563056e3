/** Moves a live system from one store to another, without an outage. */
module dev.restante.storage.migration {
  requires transitive dev.restante.storage;
  requires static org.jspecify;

  exports dev.restante.storage.migration;
}
