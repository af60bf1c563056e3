package dev.restante.crash;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What one device remembers when its process begins again: read from the journal. */
final class Memory {
  /** What it wants to have said in one conversation. */
  static final class Outbox {
    int next = 1;
    final TreeSet<Integer> unacknowledged = new TreeSet<>();
  }

  private final Map<String, Outbox> outboxes = new HashMap<>();
  private final Map<String, Long> newest = new HashMap<>();
  @Nullable String cursor;

  static Map<String, Memory> read(Path journal) throws IOException {
    Map<String, Memory> all = new HashMap<>();
    Journal.forEach(
        journal,
        line -> {
          switch (line.kind()) {
            case INTENT, ACK, APPLIED, PAGE, CAUGHT_UP ->
                all.computeIfAbsent(line.word(0), device -> new Memory()).learn(line);
            default -> {}
          }
        });
    return all;
  }

  private void learn(Journal.Line line) {
    switch (line.kind()) {
      case INTENT -> {
        Outbox outbox = outbox(line.word(1));
        int n = (int) line.number(2);
        outbox.unacknowledged.add(n);
        outbox.next = Math.max(outbox.next, n + 1);
      }
      case ACK -> outbox(line.word(1)).unacknowledged.remove((int) line.number(2));
      case APPLIED -> applied(line.word(1), line.number(2));
      default -> cursor = line.word(1);
    }
  }

  Outbox outbox(String conversation) {
    return outboxes.computeIfAbsent(conversation, key -> new Outbox());
  }

  void applied(String conversation, long seq) {
    newest.merge(conversation, seq, Math::max);
  }

  long newest(String conversation) {
    return newest.getOrDefault(conversation, 0L);
  }
}
