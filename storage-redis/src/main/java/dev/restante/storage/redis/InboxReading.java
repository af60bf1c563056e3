package dev.restante.storage.redis;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code read_inbox.lua} and {@code rows.lua}: part of an inbox, and then the log rows that its
 * rows refer to, each log in its own slot. By turns, since nobody knows how large log rows are
 * before they are there.
 */
final class InboxReading {
  /** Rows of a turn: so many at first, then twice as many each time. */
  private static final int FIRST_ROWS = 64;

  private final Shards shards;
  private final Keys keys;

  InboxReading(Shards shards, Keys keys) {
    this.shards = shards;
    this.keys = keys;
  }

  Seen<InboxSlice> read(StreamKey inbox, long after, int limit, long maxBytes) {
    Set<Met> met = new LinkedHashSet<>();
    List<InboxItem> items = new ArrayList<>();
    long scannedTo = after;
    long bytes = 0;
    for (int most = FIRST_ROWS; ; most = Math.min(2 * most, InboxScript.ENOUGH_ROWS)) {
      int wanted = Math.min(limit - items.size(), most);
      Call call = new Call(Script.READ_INBOX).key(keys.stream(inbox));
      call.bound(scannedTo).number(wanted).bound(maxBytes - bytes).flag(items.isEmpty());
      call.number(InboxScript.ENOUGH_ROWS).number(LogScript.ENOUGH_BYTES);
      call.argument(new byte[0]).argument(new byte[0]);
      Look look = Look.of(shards.call(call.ofCell(keys.intent(inbox))));
      look.meet(inbox, met);
      Answer answer = look.answer();
      long floor = answer.number();
      long end = answer.number();
      long reached = Math.max(scannedTo, answer.number());
      List<InboxRow> rows = new ArrayList<>();
      while (answer.hasNext()) {
        rows.add(Rows.inboxRow(inbox.tenant(), answer.number(), answer.bytes()));
        answer.bytesIfAny();
      }
      LogRows logRows = new LogRows(rows, maxBytes - bytes);
      for (InboxRow row : rows) {
        InboxItem item = new InboxItem(row, logRows.of(row));
        long size = InboxScript.size(item);
        if (!items.isEmpty() && bytes + size > maxBytes) {
          return new Seen<>(new InboxSlice(items, scannedTo, true, floor), List.copyOf(met));
        }
        logRows.meetIfMissing(row, met);
        items.add(item);
        bytes += size;
        scannedTo = row.position();
      }
      scannedTo = reached;
      boolean full = items.size() == limit || rows.size() < wanted;
      if (end == DONE || (end == LogScript.LIMIT && full)) {
        return new Seen<>(
            new InboxSlice(items, scannedTo, end == LogScript.LIMIT, floor), List.copyOf(met));
      }
    }
  }

  private static final long DONE = 0;

  /** The log rows that some rows refer to, as many as fit. */
  private final class LogRows {
    private final Map<StreamKey, Map<Long, byte[]>> found = new HashMap<>();
    private final Map<StreamKey, Look> looks = new LinkedHashMap<>();

    LogRows(List<InboxRow> rows, long maxBytes) {
      Map<StreamKey, List<Long>> wanted = new LinkedHashMap<>();
      for (InboxRow row : rows) {
        StreamKey log = row.log();
        if (log != null) {
          wanted.computeIfAbsent(log, any -> new ArrayList<>()).add(row.seq());
        }
      }
      List<Call> calls = new ArrayList<>(wanted.size());
      wanted.forEach(
          (log, seqs) -> {
            Call call = new Call(Script.ROWS).key(keys.stream(log)).bound(maxBytes);
            seqs.forEach(call::number);
            calls.add(call.ofCell(keys.intent(log)));
          });
      List<Object> answers = shards.call(calls);
      int at = 0;
      for (Map.Entry<StreamKey, List<Long>> each : wanted.entrySet()) {
        Look look = Look.of(answers.get(at++));
        looks.put(each.getKey(), look);
        Map<Long, byte[]> ofLog = new HashMap<>();
        Answer answer = look.answer();
        for (int i = 0; answer.hasNext(); i++) {
          byte[] row = answer.bytesIfAny();
          if (row != null) {
            ofLog.put(each.getValue().get(i), row);
          }
        }
        found.put(each.getKey(), ofLog);
      }
    }

    @Nullable LogRow of(InboxRow row) {
      StreamKey log = row.log();
      byte[] packed = log == null ? null : found.getOrDefault(log, Map.of()).get(row.seq());
      return packed == null ? null : Rows.logRow(row.seq(), packed);
    }

    void meetIfMissing(InboxRow row, Set<Met> met) {
      StreamKey log = row.log();
      Look look = log == null ? null : looks.get(log);
      if (log != null && look != null && of(row) == null) {
        look.meet(log, met);
      }
    }
  }
}
