package dev.restante.storage.rocksdb;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** Calls that only read. Each sees everything as it was at one moment, and waits for nobody. */
final class Reads {
  private final Database database;
  private final Streams streams;

  Reads(Database database, Streams streams) {
    this.database = database;
    this.streams = streams;
  }

  List<StreamHead> heads(List<StreamKey> keys) throws RocksDBException {
    List<StreamHead> heads = new ArrayList<>(keys.size());
    try (View view = database.view()) {
      for (StreamKey key : keys) {
        heads.add(head(view, key));
      }
    }
    return heads;
  }

  private static StreamHead head(View view, StreamKey key) throws RocksDBException {
    Floor floor = floor(view, key);
    if (floor.isUnknown() || key.kind() == Kind.STORE) {
      return StreamHead.EMPTY;
    }
    boolean log = key.kind() == Kind.LOG;
    try (Scan rows = view.scan(log ? Family.LOG : Family.INBOX, floor.firstKey(), floor.endKey())) {
      return floor.head(rows, log);
    }
  }

  private static Floor floor(View view, StreamKey key) throws RocksDBException {
    return Floor.of(view.get(Family.STREAM, Keys.stream(key)));
  }

  // ---- submits and records ----------------------------------------------------------------------

  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> asked) throws RocksDBException {
    List<DedupKey> keys = new ArrayList<>(asked.size());
    List<byte[]> rows = new ArrayList<>(asked.size());
    for (DedupKey key : new LinkedHashSet<>(asked)) {
      long log = streams.number(key.log());
      if (log != 0) {
        keys.add(key);
        rows.add(Keys.dedup(key, log));
      }
    }
    Map<DedupKey, DedupRow> found = new HashMap<>();
    if (keys.isEmpty()) {
      return found;
    }
    try (View view = database.view()) {
      List<byte @Nullable []> stored = view.get(Family.DEDUP, rows);
      for (int i = 0; i < keys.size(); i++) {
        byte[] row = stored.get(i);
        if (row != null) {
          found.put(keys.get(i), Values.dedup(keys.get(i), row));
        }
      }
    }
    return found;
  }

  Map<RecordKey, StoredRecord> records(Collection<RecordKey> asked) throws RocksDBException {
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    try (View view = database.view()) {
      for (RecordKey key : asked) {
        long partition = streams.number(key.partition());
        byte[] row =
            partition == 0
                ? null
                : view.get(Family.RECORD, Keys.record(partition, key.space(), key.id()));
        if (row != null) {
          found.put(key, Values.record(key, row));
        }
      }
    }
    return found;
  }

  List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit)
      throws RocksDBException {
    List<StoredRecord> found = new ArrayList<>();
    long number = streams.number(partition);
    if (number == 0) {
      return found;
    }
    // The least key above one is the same with a zero behind it; so an empty id is passed over.
    byte[] after = Keys.record(number, space, afterId);
    byte[] from = Arrays.copyOf(after, after.length + 1);
    byte[] end = Keys.after(Keys.record(number, space, ""));
    int spaceBytes = Bytes.of(space).length;
    try (View view = database.view();
        Scan rows = view.scan(Family.RECORD, from, end)) {
      boolean more = rows.first();
      while (more && found.size() < limit) {
        RecordKey key = new RecordKey(partition, space, Keys.recordId(rows.key(), spaceBytes));
        found.add(Values.record(key, rows.value()));
        more = rows.next();
      }
    }
    return found;
  }

  // ---- streams ----------------------------------------------------------------------------------

  LogSlice log(LogRange range) throws RocksDBException {
    try (View view = database.view()) {
      Floor floor = floor(view, range.log());
      long from = Math.max(range.from(), floor.floor() + 1);
      if (floor.isUnknown() || floor.floor() == Long.MAX_VALUE || range.to() < from) {
        return new LogSlice(List.of(), false, floor.floor());
      }
      byte[] end =
          range.to() == Long.MAX_VALUE ? floor.endKey() : Keys.row(floor.stream(), range.to() + 1);
      try (Scan rows = view.scan(Family.LOG, Keys.row(floor.stream(), from), end)) {
        return log(rows, range, floor.floor());
      }
    }
  }

  private static LogSlice log(Scan rows, LogRange range, long floor) throws RocksDBException {
    List<LogRow> found = new ArrayList<>();
    Budget budget = new Budget(range.limit(), range.maxBytes());
    boolean more = range.descending() ? rows.last() : rows.first();
    while (more) {
      LogRow row = Values.log(Keys.rowNumber(rows.key()), rows.value());
      if (!budget.takes(row.payload().length)) {
        return new LogSlice(found, true, floor);
      }
      found.add(row);
      more = range.descending() ? rows.previous() : rows.next();
    }
    return new LogSlice(found, false, floor);
  }

  InboxSlice inbox(StreamKey inbox, long after, int limit, long maxBytes) throws RocksDBException {
    try (View view = database.view()) {
      Floor floor = floor(view, inbox);
      long from = Math.max(after, floor.floor());
      if (floor.isUnknown() || from == Long.MAX_VALUE) {
        return new InboxSlice(List.of(), from, false, floor.floor());
      }
      byte[] first = Keys.row(floor.stream(), from + 1);
      try (Scan rows = view.scan(Family.INBOX, first, floor.endKey())) {
        return new InboxPage(view, streams, limit, maxBytes).read(rows, after, floor.floor());
      }
    }
  }
}
