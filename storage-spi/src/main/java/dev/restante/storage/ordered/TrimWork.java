package dev.restante.storage.ordered;

import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.Trim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trims of several streams in one batch, as far as they fit: each is one step, and all of them
 * together one wait for the disk. Rows are removed one by one: they are read anyway, to be counted,
 * and a removed range would slow down every read of the family. The writer's.
 */
final class TrimWork {
  /** How much is removed at once, unless it is a single stream's. */
  private static final int ROWS = 10_000;

  private final Data data;
  private final Streams streams;
  private final int maxRows;
  private final Batch batch = new Batch();
  private final Map<StreamKey, Runnable> done = new HashMap<>();
  private final List<Long> floors = new ArrayList<>();
  private int rows;

  TrimWork(Access.Opened opened, int maxRows) {
    this.data = opened.data();
    this.streams = opened.streams();
    this.maxRows = maxRows;
  }

  /** Trims as many of these as fit and returns their floors. */
  List<Long> run(List<Trim> trims) {
    try (Snapshot now = data.snapshot()) {
      for (Trim trim : trims) {
        // A stream asked for a second time has to see what the first did.
        if (rows >= ROWS || done.containsKey(trim.stream())) {
          break;
        }
        floors.add(floor(now, trim));
      }
    }
    batch.writeTo(data);
    done.values().forEach(Runnable::run);
    return floors;
  }

  private long floor(Snapshot now, Trim trim) {
    Stream stream = streams.load(now, trim.stream());
    if (stream == null) {
      return 0;
    }
    long target = Math.min(trim.through(), stream.headNumber());
    return target <= stream.floor() ? stream.floor() : raise(now, trim.stream(), stream, target);
  }

  private long raise(Snapshot now, StreamKey key, Stream stream, long target) {
    Floor before = Floor.of(now, key);
    boolean log = key.kind() == Kind.LOG;
    Table table = log ? Table.LOG : Table.INBOX;
    byte[] end = Keys.row(stream.number(), target + 1);
    Removed removed = new Removed();
    try (Rows scan = now.rows(table, before.firstKey(), end, false)) {
      boolean more = scan.next();
      while (more && removed.count < maxRows) {
        remove(table, scan, stream, removed);
        more = scan.next();
      }
      removed.floor = more ? removed.last : target;
    }
    rows += removed.count;
    Floor after = log ? removed.logFloor(before) : new Floor(before.stream(), removed.floor, 0, 0);
    batch.put(Table.STREAM, Keys.stream(key), after.row());
    done.put(key, () -> stream.floor(after.floor()));
    return after.floor();
  }

  private void remove(Table table, Rows scan, Stream stream, Removed removed) {
    byte[] key = scan.key();
    batch.delete(table, key);
    removed.count++;
    removed.last = Keys.rowNumber(key);
    if (table == Table.LOG) {
      removed.head = scan.value(Values.LOG_HEAD);
      return;
    }
    byte[] compactionKey = Values.inboxKey(scan.value());
    if (compactionKey != null) {
      // A row that is there is the newest with its key.
      batch.delete(Table.NEWEST, Keys.newest(stream.number(), compactionKey));
    }
  }

  /** What a trim removed of one stream. */
  private static final class Removed {
    private byte[] head = Bytes.NOTHING;
    private int count;
    private long last;
    private long floor;

    Floor logFloor(Floor before) {
      return count == 0
          ? new Floor(before.stream(), floor, before.ordinal(), before.timeMillis())
          : new Floor(before.stream(), floor, Values.ordinal(head), Values.timeMillis(head));
    }
  }
}
