package dev.restante.example.berkeley;

import static com.sleepycat.je.LockMode.READ_UNCOMMITTED;

import com.sleepycat.je.DatabaseEntry;
import com.sleepycat.je.DatabaseException;
import com.sleepycat.je.OperationStatus;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.ordered.Rows;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import org.jspecify.annotations.Nullable;

// snapshot begins
/** The tables for as long as the writer waits. The lock makes up for locks on what is read. */
final class BerkeleySnapshot implements Snapshot {
  private final BerkeleyEngine engine;

  BerkeleySnapshot(BerkeleyEngine engine) {
    this.engine = engine;
    engine.lock.readLock().lock();
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    DatabaseEntry value = new DatabaseEntry();
    try {
      OperationStatus found =
          engine.database(table).get(null, new DatabaseEntry(key), value, READ_UNCOMMITTED);
      return found == OperationStatus.SUCCESS ? value.getData() : null;
    } catch (DatabaseException e) {
      throw failed(e);
    }
  }

  @Override
  public Rows rows(Table table, byte[] from, byte[] before, boolean descending) {
    try {
      return new BerkeleyRows(engine.database(table), from, before, descending);
    } catch (DatabaseException e) {
      throw failed(e);
    }
  }

  static StoreException failed(DatabaseException e) {
    return new StoreException(Effect.UNAVAILABLE, "A read failed: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    engine.lock.readLock().unlock();
  }
}
// snapshot ends
