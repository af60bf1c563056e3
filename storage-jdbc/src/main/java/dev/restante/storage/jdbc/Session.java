package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A connection in use by one thread for one call. A session that lives on between calls keeps its
 * prepared statements; drivers of servers keep them themselves.
 */
final class Session {
  private final Handle handle;
  private final Connection connection;
  private final boolean keepStatements;
  private final Map<String, PreparedStatement> kept = new HashMap<>();
  private boolean inTransaction;
  private boolean prefaced;
  private boolean autoCommit = true;
  private int networkTimeoutMillis;
  private StreamIds.@Nullable Generation generation;
  private final List<String> undo = new ArrayList<>(0);

  Session(Handle handle, boolean keepStatements) {
    this.handle = handle;
    this.connection = handle.getConnection();
    this.keepStatements = keepStatements;
  }

  Handle handle() {
    return handle;
  }

  Connection connection() {
    return connection;
  }

  /** Begins a call that works with these numbers of streams. */
  void begins(StreamIds.Generation numbers) {
    generation = numbers;
  }

  StreamIds.Generation generation() {
    return requireNonNull(generation, "the session is not in a call");
  }

  /**
   * Hears which incarnation of the database is at the other end: a text that changes whenever rows
   * that were committed could be gone, and seldom otherwise.
   *
   * @throws Outdated if the numbers of this call are those of another one
   */
  void answeredBy(String incarnation) {
    StreamIds.Generation numbers = generation();
    if (!numbers.isOf(incarnation)) {
      throw new Outdated(numbers);
    }
  }

  /** A statement to be given back to {@link #release}. */
  PreparedStatement prepare(String sql) throws SQLException {
    if (!keepStatements) {
      return connection.prepareStatement(sql);
    }
    PreparedStatement known = kept.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      kept.put(sql, known);
    }
    return known;
  }

  void release(PreparedStatement statement) throws SQLException {
    if (keepStatements) {
      statement.clearParameters();
    } else {
      statement.close();
    }
  }

  boolean inTransaction() {
    return inTransaction;
  }

  /** Tells that a transaction began or ended. */
  void inTransaction(boolean now) {
    inTransaction = now;
    prefaced = false;
  }

  /** Whether what has to precede the statements of a transaction was sent; from now on it was. */
  boolean preface() {
    boolean before = prefaced;
    prefaced = inTransaction;
    return before;
  }

  /** Notes a statement to be executed before the connection goes back. */
  void undoLater(String sql) {
    undo.add(sql);
  }

  /** What was noted since this was asked last, the latest first. */
  List<String> takeUndo() {
    List<String> taken = new ArrayList<>(undo);
    Collections.reverse(taken);
    undo.clear();
    return taken;
  }

  boolean autoCommit() {
    return autoCommit;
  }

  int networkTimeoutMillis() {
    return networkTimeoutMillis;
  }

  /** Keeps how the connection came, to give it back so. */
  void cameWith(boolean itsAutoCommit, int itsNetworkTimeoutMillis) {
    autoCommit = itsAutoCommit;
    networkTimeoutMillis = itsNetworkTimeoutMillis;
  }
}
