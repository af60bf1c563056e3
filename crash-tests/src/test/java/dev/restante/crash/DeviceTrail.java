package dev.restante.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What one device was given, in all its sessions: one inbox, and the places in it. */
final class DeviceTrail {
  private static final int UNKNOWN = -1;

  private final String name;
  private final List<String> problems;

  /** Every entry in the order in which it came first. */
  private final List<String> inbox = new ArrayList<>();

  private final Map<String, Integer> indexes = new HashMap<>();

  /** How many entries were before each cursor. */
  private final Map<String, Integer> places = new HashMap<>();

  /**
   * Cursors of pages without an entry of a log, given before any that has one, and where each may
   * be: only what comes next shows that.
   */
  private final Map<String, TreeSet<Integer>> unplaced = new HashMap<>();

  /** Those of this session. */
  private final List<String> waiting = new ArrayList<>();

  /** Where the next session may begin that names no place: what was acknowledged at least, */
  private int acknowledged;

  /** or one of these, if the answer was lost. */
  private final TreeSet<Integer> mayBeAcknowledged = new TreeSet<>();

  /** How many entries the session has behind it; unknown until it shows. */
  private int at;

  private TreeSet<Integer> mayBeginAt = new TreeSet<>();

  /** Whether the device said where it stands. */
  private boolean resumed;

  private int redelivered;

  DeviceTrail(String name, List<String> problems) {
    this.name = name;
    this.problems = problems;
  }

  List<String> inbox() {
    return inbox;
  }

  int redelivered() {
    return redelivered;
  }

  void connected(String cursor) {
    Integer place = places.get(cursor);
    TreeSet<Integer> mayBeAt = unplaced.get(cursor);
    if (!cursor.equals("-") && place == null && mayBeAt == null) {
      problems.add(name + " resumes at a cursor that it does not know");
    }
    at = place == null ? UNKNOWN : place;
    resumed = !cursor.equals("-");
    waiting.clear();
    if (place == null && mayBeAt != null) {
      mayBeginAt = mayBeAt;
      return;
    }
    mayBeginAt = new TreeSet<>(mayBeAcknowledged.tailSet(acknowledged));
    mayBeginAt.add(acknowledged);
  }

  void applied(String entry) {
    int index = indexes.getOrDefault(entry, inbox.size());
    begin(index);
    if (index != at && !goesOn(index)) {
      problems.add("%s was given %s as its %d. entry after %d".formatted(name, entry, index, at));
    }
    if (index == inbox.size()) {
      inbox.add(entry);
      indexes.put(entry, index);
    } else {
      redelivered++;
    }
    at = index + 1;
  }

  void page(String cursor, boolean end) {
    Integer known = places.get(cursor);
    if (at == UNKNOWN && known == null && !end) {
      unplaced.putIfAbsent(cursor, mayBeginAt);
      waiting.add(cursor);
      return;
    }
    begin(known == null ? inbox.size() : known);
    at = known != null && goesOn(known) ? known : at;
    Integer before = places.putIfAbsent(cursor, at);
    if (before != null && before != at) {
      problems.add("%s: one cursor after %d entries and after %d".formatted(name, before, at));
    }
    if (end && at != inbox.size()) {
      problems.add("%s caught up at %d of %d".formatted(name, at, inbox.size()));
    }
  }

  /**
   * Whether a session may leave out what comes before this place. It may if it did not begin where
   * the device said, and what the device acknowledged to an earlier session arrived only now.
   */
  private boolean goesOn(int place) {
    return !resumed && place > at && mayBeginAt.contains(place);
  }

  private void begin(int index) {
    if (at != UNKNOWN) {
      return;
    }
    if (!mayBeginAt.contains(index)) {
      problems.add("%s began at %d, may at %s".formatted(name, index, mayBeginAt));
    }
    at = index;
    for (String cursor : waiting) {
      places.putIfAbsent(cursor, index);
    }
    waiting.clear();
  }

  void acknowledging(String cursor) {
    Integer place = places.get(cursor);
    if (place == null) {
      mayBeAcknowledged.addAll(unplaced.getOrDefault(cursor, new TreeSet<>(Set.of(0))));
    } else {
      mayBeAcknowledged.add(place);
    }
  }

  void acknowledged(String asked, String answered) {
    TreeSet<Integer> mayBeAt = unplaced.get(asked);
    if (!places.containsKey(asked) && mayBeAt != null) {
      // At the least of these, which was acknowledged already.
      return;
    }
    int place = places.getOrDefault(asked, UNKNOWN);
    int now = places.getOrDefault(answered, UNKNOWN);
    if (place == UNKNOWN || now < place) {
      problems.add("%s acknowledged %d and was told %d".formatted(name, place, now));
    }
    acknowledged = Math.max(acknowledged, place);
  }
}
