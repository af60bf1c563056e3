package dev.restante.storage.redis;

import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** {@code list.lua}: records of a partition and space, in order of the ids' bytes. */
final class ListScript {
  private static final int ENOUGH_RECORDS = 1000;

  /** What comes behind a space in a field is NUL, so all its fields are below this. */
  private static final char BEHIND = '\u0001';

  private final Calls server;
  private final Keys keys;

  ListScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  List<StoredRecord> run(StreamKey partition, String space, String afterId, int limit) {
    List<StoredRecord> found = new ArrayList<>();
    byte[] upper = exclusive(Utf8.encode(space + BEHIND));
    byte[] lower = exclusive(Rows.field(space, afterId));
    while (found.size() < limit) {
      int most = Math.min(limit - found.size(), ENOUGH_RECORDS);
      Call call = new Call(Script.LIST).key(keys.records(partition)).key(keys.order(partition));
      call.argument(lower).argument(upper).number(most).number(LogScript.ENOUGH_BYTES);
      Answer answer = new Answer(server.call(call));
      boolean again = answer.flag();
      int count = 0;
      while (answer.hasNext()) {
        byte[] field = answer.bytes();
        String id = Rows.id(space, field);
        found.add(Rows.storedRecord(new RecordKey(partition, space, id), answer.bytes()));
        lower = exclusive(field);
        count++;
      }
      if (!again && count < most) {
        break;
      }
    }
    return found;
  }

  private static byte[] exclusive(byte[] end) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(end.length + 1);
    bytes.write('(');
    bytes.writeBytes(end);
    return bytes.toByteArray();
  }
}
