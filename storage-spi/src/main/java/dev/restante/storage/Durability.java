package dev.restante.storage;

/** What a store promises about a commit that it reported as done, weakest first. */
public enum Durability {
  /** Nothing: the rows live in the memory of one process. */
  VOLATILE,
  /** The rows were forced to the disk of one machine (fsync or its like) and survive its crash. */
  LOCAL,
  /** At least one replica has the rows too. */
  REPLICA,
  /** A majority of the replicas has the rows, so that no single failover loses them. */
  MAJORITY
}
