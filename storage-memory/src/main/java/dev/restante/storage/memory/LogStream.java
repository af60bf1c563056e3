package dev.restante.storage.memory;

import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.StreamHead;
import java.util.ArrayList;
import java.util.List;

/** The log of one conversation. Guarded by the area's lock. */
final class LogStream extends Stream<LogRow> {
  private long floorOrdinal;
  private long floorTimeMillis;

  void append(List<LogRow> added) {
    for (int i = 0; i < added.size(); i++) {
      LogRow row = added.get(i);
      rows.add(row.seq(), row);
    }
  }

  @Override
  StreamHead head() {
    if (rows.isEmpty()) {
      return new StreamHead(floor(), floorOrdinal, floorTimeMillis, floor());
    }
    LogRow last = rows.last();
    return new StreamHead(last.seq(), last.ordinal(), last.timeMillis(), floor());
  }

  @Override
  void onTrimmed(LogRow row) {
    floorOrdinal = row.ordinal();
    floorTimeMillis = row.timeMillis();
  }

  LogSlice read(LogRange range) {
    int first = rows.indexAbove(range.from() == Long.MIN_VALUE ? range.from() : range.from() - 1);
    int end = rows.indexAbove(range.to());
    List<LogRow> found = new ArrayList<>(Math.max(0, Math.min(range.limit(), end - first)));
    long bytes = 0;
    int step = range.descending() ? -1 : 1;
    int index = range.descending() ? end - 1 : first;
    for (; index >= first && index < end; index += step) {
      LogRow row = rows.get(index);
      if (row == null) {
        continue;
      }
      bytes += row.payload().length;
      if (found.size() == range.limit() || (!found.isEmpty() && bytes > range.maxBytes())) {
        return new LogSlice(found, true, floor());
      }
      found.add(row);
    }
    return new LogSlice(found, false, floor());
  }
}
