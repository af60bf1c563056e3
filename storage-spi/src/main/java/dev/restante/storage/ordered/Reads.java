package dev.restante.storage.ordered;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Calls that only read. Each sees everything as it was at one moment, and waits for nobody. */
final class Reads {
  private final Data data;
  private final Streams streams;

  Reads(Data data, Streams streams) {
    this.data = data;
    this.streams = streams;
  }

  List<StreamHead> heads(List<StreamKey> keys) {
    List<StreamHead> heads = new ArrayList<>(keys.size());
    try (Snapshot view = data.snapshot()) {
      for (StreamKey key : keys) {
        heads.add(Floor.of(view, key).head(view, key.kind()));
      }
    }
    return heads;
  }

  // ---- submits and records ----------------------------------------------------------------------

  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> asked) {
    Map<DedupKey, DedupRow> found = new HashMap<>();
    try (Snapshot view = data.snapshot()) {
      for (DedupKey key : asked) {
        long log = streams.number(view, key.log());
        byte[] row = log == 0 ? null : view.get(Table.DEDUP, Keys.dedup(key, log));
        if (row != null) {
          found.put(key, Values.dedup(key, row));
        }
      }
    }
    return found;
  }

  Map<RecordKey, StoredRecord> records(Collection<RecordKey> asked) {
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    try (Snapshot view = data.snapshot()) {
      for (RecordKey key : asked) {
        long partition = streams.number(view, key.partition());
        byte[] row =
            partition == 0
                ? null
                : view.get(Table.RECORD, Keys.record(partition, key.space(), key.id()));
        if (row != null) {
          found.put(key, Values.record(key, row));
        }
      }
    }
    return found;
  }

  List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    List<StoredRecord> found = new ArrayList<>();
    try (Snapshot view = data.snapshot()) {
      long number = streams.number(view, partition);
      if (number != 0) {
        gather(view, number, new RecordKey(partition, space, afterId), limit, found);
      }
    }
    return found;
  }

  private static void gather(
      Snapshot view, long number, RecordKey after, int limit, List<StoredRecord> found) {
    String space = after.space();
    // The least key above one is the same with a zero behind it; so an empty id is passed over.
    byte[] key = Keys.record(number, space, after.id());
    byte[] from = Arrays.copyOf(key, key.length + 1);
    byte[] end = Keys.after(Keys.record(number, space, ""));
    int spaceBytes = Bytes.of(space).length;
    try (Rows rows = view.rows(Table.RECORD, from, end, false)) {
      while (found.size() < limit && rows.next()) {
        String id = Keys.recordId(rows.key(), spaceBytes);
        found.add(Values.record(new RecordKey(after.partition(), space, id), rows.value()));
      }
    }
  }

  // ---- streams ----------------------------------------------------------------------------------

  LogSlice log(LogRange range) {
    try (Snapshot view = data.snapshot()) {
      Floor floor = Floor.of(view, range.log());
      long from = Math.max(range.from(), floor.floor() + 1);
      if (floor.isUnknown() || floor.floor() == Long.MAX_VALUE || range.to() < from) {
        return new LogSlice(List.of(), false, floor.floor());
      }
      byte[] first = Keys.row(floor.stream(), from);
      byte[] end =
          range.to() == Long.MAX_VALUE ? floor.endKey() : Keys.row(floor.stream(), range.to() + 1);
      try (Rows rows = view.rows(Table.LOG, first, end, range.descending())) {
        return log(rows, range, floor.floor());
      }
    }
  }

  private static LogSlice log(Rows rows, LogRange range, long floor) {
    List<LogRow> found = new ArrayList<>();
    Budget budget = new Budget(range.limit(), range.maxBytes());
    while (rows.next()) {
      LogRow row = Values.log(Keys.rowNumber(rows.key()), rows.value());
      if (!budget.takes(row.payload().length)) {
        return new LogSlice(found, true, floor);
      }
      found.add(row);
    }
    return new LogSlice(found, false, floor);
  }

  InboxSlice inbox(StreamKey inbox, long after, int limit, long maxBytes) {
    try (Snapshot view = data.snapshot()) {
      Floor floor = Floor.of(view, inbox);
      long from = Math.max(after, floor.floor());
      if (floor.isUnknown() || from == Long.MAX_VALUE) {
        return new InboxSlice(List.of(), from, false, floor.floor());
      }
      byte[] first = Keys.row(floor.stream(), from + 1);
      try (Rows rows = view.rows(Table.INBOX, first, floor.endKey(), false)) {
        return new InboxPage(view, streams, limit, maxBytes).read(rows, after, floor.floor());
      }
    }
  }
}
