package dev.restante.storage.redis;

import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code read_log.lua}: part of a log. Where that is more than Redis should prepare at once, it is
 * read by turns; rows of a log never change, so that is as good as one.
 */
final class LogScript {
  /** Rows that one script prepares. */
  static final int ENOUGH_ROWS = 2000;

  /** Bytes of payload after which a script prepares no further row. */
  static final int ENOUGH_BYTES = 4 << 20;

  static final long LIMIT = 1;
  static final long AGAIN = 2;

  private final Calls server;
  private final Keys keys;

  LogScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  LogSlice run(LogRange range) {
    List<LogRow> rows = new ArrayList<>();
    long from = range.from();
    long to = range.to();
    long bytes = 0;
    while (true) {
      Call call = new Call(Script.READ_LOG).key(keys.stream(range.log()));
      call.bound(from).bound(to).flag(range.descending());
      call.number(range.limit() - rows.size()).bound(range.maxBytes() - bytes);
      call.flag(rows.isEmpty()).number(ENOUGH_ROWS).number(ENOUGH_BYTES);
      Answer answer = new Answer(server.call(call));
      long floor = answer.number();
      long end = answer.number();
      long seq = answer.number();
      while (answer.hasNext()) {
        LogRow row = Rows.logRow(seq, answer.bytes());
        rows.add(row);
        bytes += row.payload().length;
        seq += range.descending() ? -1 : 1;
      }
      if (end != AGAIN) {
        return new LogSlice(rows, end == LIMIT, floor);
      }
      from = range.descending() ? from : seq;
      to = range.descending() ? seq : to;
    }
  }
}
