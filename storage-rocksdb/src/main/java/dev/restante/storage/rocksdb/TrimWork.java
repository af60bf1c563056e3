package dev.restante.storage.rocksdb;

import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Trims of several streams in one batch, as far as they fit: each is one step, and all of them
 * together one wait for the disk. Rows are removed one by one: they are read anyway, to be counted,
 * and a removed range would slow down every read of the family. The writer's.
 */
final class TrimWork implements AutoCloseable {
  /** How much is removed at once, unless it is a single stream's. */
  private static final int ROWS = 10_000;

  private final Database database;
  private final Streams streams;
  private final int maxRows;
  private final WriteBatch batch = new WriteBatch();
  private final Map<StreamKey, Runnable> done = new HashMap<>();
  private final List<Long> floors = new ArrayList<>();
  private int rows;

  TrimWork(Database database, Streams streams, int maxRows) {
    this.database = database;
    this.streams = streams;
    this.maxRows = maxRows;
  }

  /** Trims as many of these as fit and returns their floors. */
  List<Long> run(List<Trim> trims) throws RocksDBException {
    for (Trim trim : trims) {
      // A stream asked for a second time has to see what the first did.
      if (rows >= ROWS || done.containsKey(trim.stream())) {
        break;
      }
      floors.add(floor(trim));
    }
    if (batch.count() > 0) {
      database.write(batch);
      done.values().forEach(Runnable::run);
    }
    return floors;
  }

  private long floor(Trim trim) throws RocksDBException {
    Stream stream = streams.load(trim.stream());
    if (stream == null) {
      return 0;
    }
    long target = Math.min(trim.through(), stream.headNumber());
    return target <= stream.floor() ? stream.floor() : raise(trim.stream(), stream, target);
  }

  private long raise(StreamKey key, Stream stream, long target) throws RocksDBException {
    byte[] name = Keys.stream(key);
    Floor before = Floor.of(database.get(Family.STREAM, name));
    boolean log = key.kind() == Kind.LOG;
    Family family = log ? Family.LOG : Family.INBOX;
    byte[] end = Keys.row(stream.number(), target + 1);
    Removed removed = new Removed();
    try (Scan scan = new Scan(database, family, null, before.firstKey(), end)) {
      boolean more = scan.first();
      while (more && removed.count < maxRows) {
        remove(family, scan, stream, removed);
        more = scan.next();
      }
      if (more) {
        removed.floor = removed.last;
      } else {
        removed.floor = target;
      }
    }
    rows += removed.count;
    Floor after = log ? removed.logFloor(before) : new Floor(before.stream(), removed.floor, 0, 0);
    batch.put(database.handle(Family.STREAM), name, after.row());
    done.put(key, () -> stream.floor(after.floor()));
    return after.floor();
  }

  private void remove(Family family, Scan scan, Stream stream, Removed removed)
      throws RocksDBException {
    byte[] key = scan.key();
    batch.delete(database.handle(family), key);
    removed.count++;
    removed.last = Keys.rowNumber(key);
    if (family == Family.LOG) {
      scan.value(removed.head);
      return;
    }
    byte[] compactionKey = Values.inboxKey(scan.value());
    if (compactionKey != null) {
      // A row that is there is the newest with its key.
      batch.delete(database.handle(Family.NEWEST), Keys.newest(stream.number(), compactionKey));
    }
  }

  /** What a trim removed of one stream. */
  private static final class Removed {
    private final byte[] head = new byte[Values.LOG_HEAD];
    private int count;
    private long last;
    private long floor;

    Floor logFloor(Floor before) {
      return count == 0
          ? new Floor(before.stream(), floor, before.ordinal(), before.timeMillis())
          : new Floor(before.stream(), floor, Values.ordinal(head), Values.timeMillis(head));
    }
  }

  @Override
  public void close() {
    batch.close();
  }
}
