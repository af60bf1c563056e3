package dev.restante.storage.jdbc;

/** What an {@code SQLException} means, decided by SQLState or vendor code, never by its text. */
enum Failure {
  /** The connection is gone, or the server is going: nobody knows what it still did. */
  CONNECTION,
  /** The statement was undone, and the identical one may succeed: deadlock, time-out, busy. */
  TRANSIENT,
  /** The server is there and cannot now: out of space, memory or connections. */
  UNAVAILABLE,
  /** A unique key is taken. */
  TAKEN,
  /** A value that the database will never accept. */
  DATA,
  /** A wrong schema, a missing right, a bug. */
  FAULT
}
