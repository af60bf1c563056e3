package dev.restante.simulator;

import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that was ever committed to one stream, trimmed rows included. */
final class Shadow {
  final StreamKey key;
  private final Map<Long, LogRow> logRows = new HashMap<>();
  private final Map<Long, InboxRow> inboxRows = new HashMap<>();
  private long head;
  private long floor;
  private int lastWriter = -1;

  Shadow(StreamKey key) {
    this.key = key;
  }

  long head() {
    return head;
  }

  long floor() {
    return floor;
  }

  boolean emptied() {
    return head > 0 && floor >= head;
  }

  void raiseFloor(long to) {
    floor = Math.max(floor, to);
  }

  /** Notes who writes; returns whether somebody else did before. */
  boolean writtenBy(int writer) {
    boolean changed = lastWriter >= 0 && lastWriter != writer;
    lastWriter = writer;
    return changed;
  }

  void add(LogRow row) {
    logRows.put(row.seq(), row);
    head = Math.max(head, row.seq());
  }

  void add(InboxRow row) {
    inboxRows.put(row.position(), row);
    head = Math.max(head, row.position());
  }

  /** The rows of an inbox up to a position, in no order. */
  List<InboxRow> rowsThrough(long position) {
    return inboxRows.values().stream().filter(row -> row.position() <= position).toList();
  }

  @Nullable LogRow logRow(long seq) {
    return logRows.get(seq);
  }

  boolean agrees(LogRow row) {
    LogRow known = logRows.get(row.seq());
    return known != null
        && known.ordinal() == row.ordinal()
        && known.timeMillis() == row.timeMillis()
        && known.format() == row.format()
        && Arrays.equals(known.payload(), row.payload());
  }

  boolean agrees(InboxRow row) {
    InboxRow known = inboxRows.get(row.position());
    return known != null
        && known.type() == row.type()
        && known.seq() == row.seq()
        && known.format() == row.format()
        && Arrays.equals(known.payload(), row.payload());
  }
}
