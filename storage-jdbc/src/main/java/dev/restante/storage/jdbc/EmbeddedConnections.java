package dev.restante.storage.jdbc;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * The connections of an embedded store: one that writes, and a few that read, opened when first
 * needed and kept with their prepared statements. Who writes waits in a fair queue, rather than by
 * polling inside the engine.
 */
final class EmbeddedConnections implements Connections {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedConnections.class);

  private static final int READERS = 4;
  private static final int BUSY = 5;
  private static final int INTERRUPTED = 9;

  /** Pages of 4 KiB in the write-ahead log before they are moved: fewer, larger moves. */
  private static final int CHECKPOINT_PAGES = 20_000;

  private static final int CACHE_KIBIBYTES = 64 * 1024;

  private final Jdbi jdbi;
  private final FileClaim claim;
  private final long timeoutMillis;
  private final Semaphore mayWrite = new Semaphore(1, true);
  private final Semaphore mayRead = new Semaphore(READERS, true);
  private final Object lock = new Object();
  // Guarded by lock:
  private final Deque<Session> idleReaders = new ArrayDeque<>();
  private @Nullable Session writer;
  private int inUse;
  private boolean closed;

  private EmbeddedConnections(Path file, FileClaim claim, Duration callTimeout) {
    this.claim = claim;
    this.timeoutMillis = Math.max(1, Math.min(callTimeout.toMillis(), Integer.MAX_VALUE));
    SQLiteConfig config = config((int) timeoutMillis);
    this.jdbi = Jdbi.create(() -> connect(config, file));
  }

  static EmbeddedConnections open(Path file, Duration callTimeout) {
    return new EmbeddedConnections(file, FileClaim.on(file), callTimeout);
  }

  private static SQLiteConfig config(int busyTimeoutMillis) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setBusyTimeout(busyTimeoutMillis);
    config.enforceForeignKeys(false);
    config.setCacheSize(-CACHE_KIBIBYTES);
    return config;
  }

  private static Connection connect(SQLiteConfig config, Path file) throws SQLException {
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try (var statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public Session reader() throws SQLException {
    acquire(mayRead);
    boolean done = false;
    try {
      Session session = idleReader();
      done = true;
      return session;
    } finally {
      if (!done) {
        mayRead.release();
      }
    }
  }

  private Session idleReader() throws SQLException {
    synchronized (lock) {
      checkOpen();
      Session idle = idleReaders.poll();
      Session session = idle == null ? new Session(jdbi.open(), true) : idle;
      inUse++;
      return session;
    }
  }

  @Override
  public Session writer() throws SQLException {
    acquire(mayWrite);
    boolean done = false;
    try {
      Session session = theWriter();
      done = true;
      return session;
    } finally {
      if (!done) {
        mayWrite.release();
      }
    }
  }

  private Session theWriter() throws SQLException {
    synchronized (lock) {
      checkOpen();
      Session session = writer == null ? new Session(jdbi.open(), true) : writer;
      writer = session;
      inUse++;
      return session;
    }
  }

  private void checkOpen() throws SQLException {
    if (closed) {
      throw new SQLException("The store is closed");
    }
  }

  private void acquire(Semaphore semaphore) throws SQLException {
    try {
      if (!semaphore.tryAcquire(timeoutMillis, TimeUnit.MILLISECONDS)) {
        throw new SQLException("Others used the database all the time", null, BUSY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("Interrupted while waiting for others", null, INTERRUPTED, e);
    }
  }

  @Override
  public void giveBack(Session session, boolean sound) {
    boolean wrote;
    synchronized (lock) {
      wrote = session == writer;
      inUse--;
      if (closed || !sound) {
        close(session);
        writer = wrote ? null : writer;
      } else if (!wrote) {
        idleReaders.push(session);
      }
      releaseIfUnused();
    }
    (wrote ? mayWrite : mayRead).release();
  }

  @Override
  public boolean several() {
    return true;
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      idleReaders.forEach(EmbeddedConnections::close);
      idleReaders.clear();
      Session last = writer;
      if (last != null && mayWrite.tryAcquire()) {
        close(last);
        writer = null;
      }
      releaseIfUnused();
    }
  }

  /** The file is given up when the last call under way has come back. */
  private void releaseIfUnused() {
    if (closed && inUse == 0) {
      try {
        claim.close();
      } catch (IOException e) {
        LOG.warn("The lock of an embedded store could not be given up", e);
      }
    }
  }

  private static void close(Session session) {
    try {
      session.handle().close();
    } catch (JdbiException e) {
      LOG.warn("A connection of an embedded store failed to close", e);
    }
  }
}
