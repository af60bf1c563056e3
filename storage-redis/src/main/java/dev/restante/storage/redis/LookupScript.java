package dev.restante.storage.redis;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** {@code lookup.lua}: dedup rows and records by their keys. */
final class LookupScript {
  /** So many at once; more of them are asked for by turns. */
  private static final int LOT = 1000;

  private final Server server;
  private final Keys keys;

  LookupScript(Server server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /**
   * A submit that is found will be answered as accepted. So where commits wait for replicas, this
   * does too: the commit that wrote the row may be one that did not get so far.
   */
  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> asked) {
    Map<DedupKey, DedupRow> found = new HashMap<>();
    lots(
        asked,
        (key, call) -> call.key(keys.dedups(key.log())).argument(Rows.field(key)),
        (key, value) -> found.put(key, Rows.dedupRow(key, value)),
        Server.Durable.SEEN);
    return found;
  }

  Map<RecordKey, StoredRecord> records(Collection<RecordKey> asked) {
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    lots(
        asked,
        (key, call) ->
            call.key(keys.records(key.partition())).argument(Rows.field(key.space(), key.id())),
        (key, value) -> found.put(key, Rows.storedRecord(key, value)),
        Server.Durable.NOTHING);
    return found;
  }

  private <K> void lots(
      Collection<K> asked, BiConsumer<K, Call> ask, BiConsumer<K, byte[]> take, Server.Durable is) {
    List<K> distinct = List.copyOf(new LinkedHashSet<>(asked));
    for (int from = 0; from < distinct.size(); from += LOT) {
      List<K> lot = distinct.subList(from, Math.min(distinct.size(), from + LOT));
      Call call = new Call(Script.LOOKUP);
      lot.forEach(key -> ask.accept(key, call));
      Object values =
          server.callDurably(call, each -> foundAny(each) ? is : Server.Durable.NOTHING);
      Answer answer = new Answer(values);
      for (K key : lot) {
        byte[] value = answer.bytesIfAny();
        if (value != null) {
          take.accept(key, value);
        }
      }
    }
  }

  private static boolean foundAny(Object values) {
    Answer answer = new Answer(values);
    while (answer.hasNext()) {
      if (answer.bytesIfAny() != null) {
        return true;
      }
    }
    return false;
  }
}
