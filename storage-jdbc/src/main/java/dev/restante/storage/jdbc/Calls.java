package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Committed;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.sql.SQLException;
import java.time.Duration;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one call on one session and says what became of it. A session whose call ended in any other
 * way than it should is never used again.
 */
final class Calls {
  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

  private final Connections connections;
  private final Dialect dialect;
  private final StreamIds ids;
  private volatile boolean closed;

  /** What a call does with its session. */
  @FunctionalInterface
  interface Work<T> {
    T run(Session session) throws SQLException;
  }

  Calls(Connections connections, Dialect dialect, StreamIds ids) {
    this.connections = connections;
    this.dialect = dialect;
    this.ids = ids;
  }

  /**
   * A call that only reads.
   *
   * @throws Outdated if the numbers that it went by are not those of the database; they are
   *     forgotten then, here and in the other kinds of calls
   */
  <T> T read(Work<T> work) {
    Session session = borrow(false);
    boolean sound = false;
    try {
      T result = work.run(session);
      sound = true;
      return result;
    } catch (SQLException | JdbiException e) {
      Failure failure = failure(e);
      sound = failure != Failure.CONNECTION;
      throw exception(failure, e, "A read failed");
    } catch (Outdated e) {
      sound = true;
      throw forgotten(e);
    } finally {
      connections.giveBack(session, sound);
    }
  }

  /** A call that writes in a transaction of its own, which is committed if the work returns. */
  <T> T write(Work<T> work) {
    Transaction transaction = new Transaction(borrow(true));
    try {
      transaction.begin();
      T result = work.run(transaction.session);
      transaction.commit();
      return result;
    } catch (SQLException | JdbiException e) {
      throw transaction.failed(e);
    } catch (Outdated e) {
      throw forgotten(e);
    } finally {
      transaction.end();
    }
  }

  /** A commit: the transaction is committed if the work says so, and rolled back otherwise. */
  CommitOutcome commit(Work<CommitOutcome> work) {
    Transaction transaction = new Transaction(borrow(true));
    try {
      transaction.begin();
      CommitOutcome outcome = work.run(transaction.session);
      if (outcome instanceof Committed) {
        transaction.commit();
      }
      return outcome;
    } catch (SQLException | JdbiException e) {
      return transaction.outcome(e);
    } catch (Outdated e) {
      throw forgotten(e);
    } finally {
      transaction.end();
    }
  }

  /** What a transaction begins with that is left open. */
  @FunctionalInterface
  interface Beginning {
    void run(Session session) throws SQLException;
  }

  /** A transaction that is left open for a while. For one thread at a time. */
  static final class Held {
    private final Transaction transaction;

    private Held(Transaction transaction) {
      this.transaction = transaction;
    }

    /**
     * Commits it, whatever has become of it meanwhile.
     *
     * @param limit how long that may take
     * @return whether what was written in it stays
     */
    boolean end(Duration limit) {
      try {
        transaction.session.connection().setNetworkTimeout(Runnable::run, (int) limit.toMillis());
        transaction.commit();
        return true;
      } catch (SQLException e) {
        // The database took it back: nothing depends on it.
        LOG.debug("A transaction that was left open is gone", e);
        transaction.open = false;
        return false;
      } finally {
        transaction.end();
      }
    }
  }

  /** Begins a transaction that stays open until {@link Held#end}. */
  Held hold(Beginning work) {
    Transaction transaction = new Transaction(borrow(true));
    boolean begun = false;
    try {
      transaction.begin();
      work.run(transaction.session);
      begun = true;
      return new Held(transaction);
    } catch (SQLException | JdbiException e) {
      throw transaction.failed(e);
    } catch (Outdated e) {
      throw forgotten(e);
    } finally {
      if (!begun) {
        transaction.end();
      }
    }
  }

  MessageCacheCounts messageCache() {
    KnownMessages.Counts counts = ids.counts();
    return new MessageCacheCounts(counts.hits.sum(), counts.misses.sum());
  }

  void close() {
    closed = true;
    connections.close();
  }

  private Outdated forgotten(Outdated outdated) {
    ids.forget(outdated.generation());
    return outdated;
  }

  private Session borrow(boolean writes) {
    if (closed) {
      throw new StoreException(Effect.FAULT, "The store is closed", null);
    }
    try {
      Session session = writes ? connections.writer() : connections.reader();
      // After the connection was had: what was lost while waiting for it counts.
      session.begins(ids.current());
      return session;
    } catch (SQLException | JdbiException e) {
      // A connection that cannot be had has done nothing, whatever the reason.
      Failure failure = failure(e);
      throw exception(
          failure == Failure.TRANSIENT ? failure : Failure.UNAVAILABLE,
          e,
          "No connection to " + dialect.database().productName());
    }
  }

  /** One transaction, and how far it came. */
  private final class Transaction {
    final Session session;
    private boolean committing;
    private boolean open;
    private boolean sound;

    Transaction(Session session) {
      this.session = session;
    }

    void begin() throws SQLException {
      open = true;
      dialect.begin(session);
    }

    void commit() throws SQLException {
      committing = true;
      dialect.commit(session);
      open = false;
      sound = true;
    }

    CommitOutcome outcome(Exception exception) {
      if (!committing) {
        Failure failure = failure(exception);
        if (failure == Failure.TAKEN) {
          return new Conflict(Cause.UNSPECIFIED);
        }
        if (failure == Failure.DATA) {
          return new Refused("The database does not take a value, SQLState " + state(exception));
        }
      }
      throw failed(exception);
    }

    StoreException failed(Exception exception) {
      Failure failure = failure(exception);
      SQLException cause = sql(exception);
      if (committing && (cause == null || !dialect.survivedCommit(cause))) {
        open = false; // nobody knows; the connection is not used again
        return new StoreException(
            Effect.UNKNOWN, "COMMIT failed, SQLState " + state(exception), exception);
      }
      if (failure == Failure.CONNECTION) {
        open = false; // the server rolls back what lost its connection
      }
      return exception(failure, exception, "A write failed");
    }

    void end() {
      if (open) {
        rollback();
      }
      connections.giveBack(session, sound);
    }

    private void rollback() {
      try {
        dialect.rollback(session);
        sound = true;
      } catch (SQLException e) {
        // Not in order, so not used again; closing it rolls back as well.
        sound = false;
      }
    }
  }

  private Failure failure(Exception exception) {
    SQLException cause = sql(exception);
    Failure failure = cause == null ? Failure.FAULT : dialect.classify(cause);
    if (failure == Failure.CONNECTION) {
      // Behind the next connection may be a database that lost its last writes.
      ids.forget(ids.current());
    }
    return failure;
  }

  private static StoreException exception(Failure failure, Exception cause, String what) {
    Effect effect =
        switch (failure) {
          case CONNECTION, UNAVAILABLE -> Effect.UNAVAILABLE;
          case TRANSIENT -> Effect.TRANSIENT;
          case TAKEN, DATA, FAULT -> Effect.FAULT;
        };
    return new StoreException(effect, what + ", SQLState " + state(cause), cause);
  }

  private static String state(Exception exception) {
    SQLException cause = sql(exception);
    if (cause == null) {
      return "none";
    }
    return cause.getSQLState() == null
        ? "none, vendor code " + cause.getErrorCode()
        : cause.getSQLState();
  }

  private static @Nullable SQLException sql(Throwable exception) {
    for (Throwable t = exception; t != null; t = t.getCause()) {
      if (t instanceof SQLException e) {
        return e;
      }
    }
    return null;
  }
}
