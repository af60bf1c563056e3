/**
 * What a store must do to carry Restante: a few batch-first, blocking primitives, each one atomic
 * step with a named outcome. The rules are numbered in {@code docs/spi/storage.md}. And, in {@link
 * dev.restante.bus}, the little that a way to tell other nodes in passing must do.
 */
module dev.restante.storage {
  requires static org.jspecify;

  exports dev.restante.bus;
  exports dev.restante.storage;
  exports dev.restante.storage.cells;
  exports dev.restante.storage.ordered;
}
