package dev.restante.storage.redis;

import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;

/** {@code heads.lua}: where streams stand. */
final class HeadsScript {
  /** So many streams at once; more of them are asked for by turns. */
  private static final int LOT = 1000;

  private final Calls server;
  private final Keys keys;

  HeadsScript(Calls server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  List<StreamHead> run(List<StreamKey> streams) {
    List<StreamHead> heads = new ArrayList<>(streams.size());
    for (int from = 0; from < streams.size(); from += LOT) {
      Call call = new Call(Script.HEADS);
      streams
          .subList(from, Math.min(streams.size(), from + LOT))
          .forEach(stream -> call.key(keys.stream(stream)));
      Answer answer = new Answer(server.call(call));
      while (answer.hasNext()) {
        heads.add(Rows.head(answer.number(), answer.number(), answer.bytes()));
      }
    }
    return heads;
  }
}
