package dev.restante.storage.ordered;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of an inbox. Rows come in lots, and the log rows that a lot refers to are fetched
 * together. For one thread.
 */
final class InboxPage {
  /** Few enough that a page which ends early fetched little in vain. */
  private static final int LOT = 128;

  private final Snapshot view;
  private final Streams streams;
  private final Budget budget;
  private final List<InboxItem> items = new ArrayList<>();
  private final List<Long> positions = new ArrayList<>();
  private final List<byte[]> rows = new ArrayList<>();
  private long lastLog;
  private @Nullable StreamKey lastName;

  InboxPage(Snapshot view, Streams streams, int limit, long maxBytes) {
    this.view = view;
    this.streams = streams;
    this.budget = new Budget(limit, maxBytes);
  }

  InboxSlice read(Rows scan, long after, long floor) {
    long scannedTo = after;
    boolean more = scan.next();
    while (more) {
      more = lot(scan);
      if (!takeLot()) {
        return new InboxSlice(items, scannedTo(after), true, floor);
      }
      scannedTo = scannedTo(after);
      if (more && budget.left() == 0) {
        return new InboxSlice(items, scannedTo, true, floor);
      }
    }
    return new InboxSlice(items, Math.max(scannedTo, floor), false, floor);
  }

  private long scannedTo(long after) {
    return items.isEmpty() ? after : items.get(items.size() - 1).row().position();
  }

  /** Gathers rows; says whether there are more behind them. */
  private boolean lot(Rows scan) {
    positions.clear();
    rows.clear();
    int most = Math.min(LOT, budget.left());
    boolean more = true;
    while (more && rows.size() < most) {
      positions.add(Keys.rowNumber(scan.key()));
      rows.add(scan.value());
      more = scan.next();
    }
    return more;
  }

  /** Takes gathered rows; says whether all of them fit. */
  private boolean takeLot() {
    List<@Nullable LogRow> logRows = logRows();
    for (int i = 0; i < rows.size(); i++) {
      byte[] row = rows.get(i);
      LogRow logRow = logRows.get(i);
      InboxItem item = new InboxItem(Values.inbox(positions.get(i), log(row), row), logRow);
      long bytes = item.row().payload().length + (logRow == null ? 0L : logRow.payload().length);
      if (!budget.takes(bytes)) {
        return false;
      }
      items.add(item);
    }
    return true;
  }

  /** Neighbours in an inbox often refer to the same log. */
  private @Nullable StreamKey log(byte[] row) {
    long log = Values.inboxLog(row);
    if (log == 0) {
      return null;
    }
    if (log != lastLog) {
      lastName = streams.name(view, log);
      lastLog = log;
    }
    return lastName;
  }

  private List<@Nullable LogRow> logRows() {
    List<@Nullable LogRow> logRows = new ArrayList<>(rows.size());
    for (byte[] row : rows) {
      long log = Values.inboxLog(row);
      long seq = Values.inboxSeq(row);
      byte[] stored = log == 0 ? null : view.get(Table.LOG, Keys.row(log, seq));
      logRows.add(stored == null ? null : Values.log(seq, stored));
    }
    return logRows;
  }
}
