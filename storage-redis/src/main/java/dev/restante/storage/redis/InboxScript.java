package dev.restante.storage.redis;

import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code read_inbox.lua}: part of an inbox, with the log rows that its rows refer to. Where that is
 * more than Redis should prepare at once, it is read by turns, each from where the last one ended:
 * no turn passes a row that it does not return.
 */
final class InboxScript {
  /** Rows, and holes between them, that one script looks at. */
  static final int ENOUGH_ROWS = 2000;

  private final Calls server;
  private final Keys keys;

  InboxScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  InboxSlice run(StreamKey inbox, long after, int limit, long maxBytes) {
    List<InboxItem> items = new ArrayList<>();
    long scannedTo = after;
    long bytes = 0;
    while (true) {
      Call call = new Call(Script.READ_INBOX).key(keys.stream(inbox));
      call.bound(scannedTo).number(limit - items.size()).bound(maxBytes - bytes);
      call.flag(items.isEmpty()).number(ENOUGH_ROWS).number(LogScript.ENOUGH_BYTES);
      call.argument(keys.logStart(inbox.tenant())).argument(keys.end());
      Answer answer = new Answer(server.call(call));
      long floor = answer.number();
      long end = answer.number();
      scannedTo = Math.max(scannedTo, answer.number());
      while (answer.hasNext()) {
        InboxItem item = item(inbox.tenant(), answer);
        items.add(item);
        bytes += size(item);
      }
      if (end != LogScript.AGAIN) {
        return new InboxSlice(items, scannedTo, end == LogScript.LIMIT, floor);
      }
    }
  }

  static InboxItem item(String tenant, Answer answer) {
    InboxRow row = Rows.inboxRow(tenant, answer.number(), answer.bytes());
    byte[] referred = answer.bytesIfAny();
    return new InboxItem(row, referred == null ? null : Rows.logRow(row.seq(), referred));
  }

  static long size(InboxItem item) {
    LogRow referred = item.logRow();
    return item.row().payload().length + (referred == null ? 0L : referred.payload().length);
  }
}
