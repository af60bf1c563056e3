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
  private @Nullable String cursor;

  /** Whether it came without its cursor, and was given nothing new since. */
  private boolean behind;

  static Map<String, Memory> read(Path journal) throws IOException {
    Map<String, Memory> all = new HashMap<>();
    Journal.forEach(
        journal,
        line -> {
          switch (line.kind()) {
            case INTENT, ACK, APPLIED, CONNECT, PAGE, CAUGHT_UP ->
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
      case CONNECT -> connected(!line.word(1).equals("-"));
      case PAGE -> page(line.word(1));
      default -> caughtUp(line.word(1));
    }
  }

  Outbox outbox(String conversation) {
    return outboxes.computeIfAbsent(conversation, key -> new Outbox());
  }

  void applied(String conversation, long seq) {
    if (seq > newest(conversation)) {
      newest.put(conversation, seq);
      behind = false;
    }
  }

  /** Where it stands by its own account. */
  @Nullable String cursor() {
    return cursor;
  }

  /**
   * A device that comes without its cursor is given again what it did not acknowledge, or whose
   * acknowledgement is still on its way. The cursor of such a page is behind its own. It must not
   * go back there: when the acknowledgement lands, what is behind it may be removed.
   */
  void page(String token) {
    if (!behind) {
      cursor = token;
    }
  }

  void caughtUp(String token) {
    behind = false;
    cursor = token;
  }

  void connected(boolean withCursor) {
    behind = !withCursor && cursor != null;
  }

  long newest(String conversation) {
    return newest.getOrDefault(conversation, 0L);
  }
}
