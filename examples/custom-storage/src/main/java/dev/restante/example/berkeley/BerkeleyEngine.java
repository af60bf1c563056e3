package dev.restante.example.berkeley;

import com.sleepycat.je.Database;
import com.sleepycat.je.DatabaseConfig;
import com.sleepycat.je.DatabaseEntry;
import com.sleepycat.je.DatabaseException;
import com.sleepycat.je.Environment;
import com.sleepycat.je.EnvironmentConfig;
import com.sleepycat.je.EnvironmentFailureException;
import com.sleepycat.je.Transaction;
import com.sleepycat.je.VersionMismatchException;
import dev.restante.storage.Durability;
import dev.restante.storage.Moving;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.OrderedEngine;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The tables of a store as databases of one environment. */
final class BerkeleyEngine implements OrderedEngine {
  private static final StoreInfo INFO =
      new StoreInfo("berkeley", Durability.LOCAL, false, true, Moving.IN_AND_OUT, 1 << 20, 10_000);

  /** Berkeley DB keeps other processes out, but opens a folder twice in the same one. */
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Environment environment;
  private final Map<Table, Database> tables = new EnumMap<>(Table.class);

  /** There are no versions of the past to read at, so readers share what the writer has alone. */
  final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  // opening begins
  static BerkeleyEngine open(Path folder) {
    if (!IN_USE.add(folder)) {
      throw new StoreException(Effect.UNAVAILABLE, folder + " is in use in this process", null);
    }
    try {
      return new BerkeleyEngine(folder);
    } catch (RuntimeException e) {
      IN_USE.remove(folder);
      boolean damaged = e instanceof EnvironmentFailureException f && f.isCorrupted();
      boolean never = damaged || e instanceof VersionMismatchException;
      throw new StoreException(
          never ? Effect.FAULT : Effect.UNAVAILABLE, "Cannot open " + folder, e);
    }
  }

  private BerkeleyEngine(Path folder) {
    this.folder = folder;
    EnvironmentConfig config = new EnvironmentConfig();
    config.setAllowCreate(true).setTransactional(true).setCacheSize(64 << 20);
    config.setDurability(com.sleepycat.je.Durability.COMMIT_SYNC);
    config.setConfigParam(EnvironmentConfig.FREE_DISK, "0"); // else it stops 5 GB before the end
    environment = new Environment(folder.toFile(), config);
    try {
      openTables();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void openTables() {
    DatabaseConfig config = new DatabaseConfig().setAllowCreate(true).setTransactional(true);
    for (Table table : Table.values()) {
      tables.put(table, environment.openDatabase(null, table.label(), config));
    }
  }

  // opening ends

  @Override
  public StoreInfo info() {
    return INFO;
  }

  Database database(Table table) {
    return Objects.requireNonNull(tables.get(table));
  }

  // writing begins
  @Override
  public void write(List<Change> changes) {
    lock.writeLock().lock();
    try {
      commit(changes);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void commit(List<Change> changes) {
    Transaction transaction = environment.beginTransaction(null, null);
    try {
      for (Change change : changes) {
        apply(transaction, change);
      }
      transaction.commit(); // returns when the log is on the disk
    } finally {
      if (transaction.isValid()) {
        transaction.abort();
      }
    }
  }

  private void apply(Transaction transaction, Change change) {
    DatabaseEntry key = new DatabaseEntry(change.key());
    byte[] value = change.value();
    if (value == null) {
      database(change.table()).delete(transaction, key);
    } else {
      database(change.table()).put(transaction, key, new DatabaseEntry(value));
    }
  }

  // writing ends

  @Override
  public Snapshot snapshot() {
    return new BerkeleySnapshot(this);
  }

  /** An environment that met a failure that it cannot mend says so, and has to be opened anew. */
  @Override
  public boolean usable() {
    return environment.isValid();
  }

  /** How often the log was forced to the disk since the environment was opened. */
  long forced() {
    return environment.getStats(null).getNLogFSyncs();
  }

  @Override
  public void close() {
    try (environment) {
      if (usable()) {
        tables.values().forEach(Database::close);
      }
    } catch (DatabaseException e) {
      throw new StoreException(Effect.UNAVAILABLE, "Not closed in order: " + folder, e);
    } finally {
      IN_USE.remove(folder);
    }
  }
}
