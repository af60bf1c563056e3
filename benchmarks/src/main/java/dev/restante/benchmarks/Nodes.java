package dev.restante.benchmarks;

import dev.restante.Restante;

/** Where a variant gets the node from that it works on. */
interface Nodes {
  /** Before a round. */
  default void prepare() throws Exception {}

  /** After what a round needs was written into the node. */
  default void prepared() throws Exception {}

  /** The node of this round. */
  Restante node();

  /** The node of this round that a thread submits to. */
  default Restante node(int producer) {
    return node();
  }

  /** After a round. */
  default void finish() throws Exception {}

  /** The same node in every round, on a database with its own work done. */
  static Nodes settled(Restante node, Database database) {
    return new Nodes() {
      @Override
      public void prepare() throws Exception {
        database.settleRound();
      }

      @Override
      public void prepared() throws Exception {
        database.settleRound();
      }

      @Override
      public Restante node() {
        return node;
      }
    };
  }
}
