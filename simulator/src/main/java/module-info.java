/** Runs whole stories against the engines and a storage adapter, and checks what came of them. */
module dev.restante.simulator {
  requires transitive dev.restante.core;
  requires transitive dev.restante.storage;
  requires dev.restante.api;
  requires static org.jspecify;

  exports dev.restante.simulator;
}
