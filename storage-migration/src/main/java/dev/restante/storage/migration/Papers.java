package dev.restante.storage.migration;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records by which nodes agree about a move. They are in a space of their own, which is not
 * moved.
 */
final class Papers {
  static final String SPACE = "moving";

  /** In the old store: where the move stands. Every commit there is guarded on it. */
  static final RecordKey PLAN = key("plan");

  /** In the old store: how far everything was walked through. */
  static final RecordKey TOUR = key("tour");

  /** In the new store: every copy is guarded on it. */
  static final RecordKey FENCE = key("fence");

  private static final String NODE = "node:";

  private Papers() {}

  private static RecordKey key(String id) {
    return new RecordKey(StreamKey.STORE, SPACE, id);
  }

  /** In the old store: a node that writes there. */
  static RecordKey node(String name) {
    return key(NODE + name);
  }

  static boolean isNode(RecordKey key) {
    return key.id().startsWith(NODE);
  }

  static boolean isPaper(RecordKey key) {
    return key.partition().equals(StreamKey.STORE) && key.space().equals(SPACE);
  }

  private static byte[] encode(Object... lines) {
    return String.join("\n", List.of(lines).stream().map(String::valueOf).toList()).getBytes(UTF_8);
  }

  /** As many lines as asked for; the last one may have anything in it. */
  private static String[] decode(StoredRecord stored, int lines) {
    String[] found = new String(stored.payload(), UTF_8).split("\n", lines);
    if (found.length != lines) {
      throw new IllegalStateException("A record of another version: " + stored.key());
    }
    return found;
  }

  /**
   * Where the move stands.
   *
   * @param version of the record; 0 if there is none
   * @param phase never {@link MovePhase#VERIFY}: that goes by the tour
   * @param doubt how often it was found that changes may not have been mirrored; whatever was
   *     compared before counts for nothing then
   * @param wanted whether a switch is
   * @param move tells this move from others
   */
  record Plan(long version, MovePhase phase, long doubt, boolean wanted, String move) {
    static final Plan NONE = new Plan(0, MovePhase.BEFORE, 0, false, "");

    static Plan of(@Nullable StoredRecord stored) {
      if (stored == null) {
        return NONE;
      }
      String[] lines = decode(stored, 4);
      return new Plan(
          stored.version(),
          MovePhase.valueOf(lines[0]),
          Long.parseLong(lines[1]),
          Boolean.parseBoolean(lines[2]),
          lines[3]);
    }

    byte[] payload() {
      return encode(phase, doubt, wanted, move);
    }

    boolean is(MovePhase one) {
      return phase == one;
    }

    Plan in(MovePhase next) {
      return new Plan(version, next, doubt, wanted, move);
    }

    Plan doubted() {
      return new Plan(version, phase, doubt + 1, wanted, move);
    }

    Plan wanted(boolean so) {
      return new Plan(version, phase, doubt, so, move);
    }
  }

  /**
   * What the new store is.
   *
   * @param version of the record; 0 if there is none
   * @param freeze the version of the plan whose freeze it was put up for
   * @param move tells this move from others
   */
  record Fence(long version, State state, long freeze, String move) {
    static final Fence NONE = new Fence(0, State.COPIED, 0, "");

    /** What may be written into the new store. */
    enum State {
      /** Copies. */
      COPIED,
      /** No copies any more: it is about to be used. */
      CLOSED,
      /** It is used, and whoever opens it need not ask the old one. */
      USED
    }

    static Fence of(@Nullable StoredRecord stored) {
      if (stored == null) {
        return NONE;
      }
      String[] lines = decode(stored, 3);
      return new Fence(
          stored.version(), State.valueOf(lines[0]), Long.parseLong(lines[1]), lines[2]);
    }

    byte[] payload() {
      return encode(state, freeze, move);
    }

    boolean is(State one) {
      return state == one;
    }
  }

  /**
   * A node that writes into the old store.
   *
   * @param version of the record, which rises while the node works; 0 if there is none
   * @param incarnation tells it from one of the same name before it
   * @param drained the version of the plan in whose freeze it has copied all that it had
   */
  record Node(RecordKey key, long version, long incarnation, long drained) {
    static Node of(RecordKey key, @Nullable StoredRecord stored) {
      if (stored == null) {
        return new Node(key, 0, 0, 0);
      }
      String[] lines = decode(stored, 2);
      return new Node(key, stored.version(), Long.parseLong(lines[0]), Long.parseLong(lines[1]));
    }

    byte[] payload() {
      return encode(incarnation, drained);
    }
  }

  /**
   * A walk through everything, first through the old store, then through the new one for what only
   * that has.
   *
   * @param version of the record; 0 if there is none
   * @param number 1 for the first one, which copies
   * @param doubt the plan's when it began
   * @param ended whether it has come to the end
   * @param inNew whether it walks through the new store
   * @param diverged how many streams were found that cannot be made equal
   * @param owner the node that walks
   * @param place where to go on
   */
  record Tour(
      long version,
      long number,
      long doubt,
      boolean ended,
      boolean inNew,
      long diverged,
      String owner,
      String place) {
    static final Tour NONE = new Tour(0, 0, -1, true, false, 0, "", "");

    static Tour of(@Nullable StoredRecord stored) {
      if (stored == null) {
        return NONE;
      }
      String[] lines = decode(stored, 7);
      return new Tour(
          stored.version(),
          Long.parseLong(lines[0]),
          Long.parseLong(lines[1]),
          Boolean.parseBoolean(lines[2]),
          Boolean.parseBoolean(lines[3]),
          Long.parseLong(lines[4]),
          lines[5],
          lines[6]);
    }

    byte[] payload() {
      return encode(number, doubt, ended, inNew, diverged, owner, place);
    }

    Tour begun(long newDoubt, String by) {
      return new Tour(version, number + 1, newDoubt, false, false, 0, by, "");
    }

    Tour ownedBy(String by) {
      return new Tour(version, number, doubt, ended, inNew, diverged, by, place);
    }

    Tour onTo(String next, long moreDiverged) {
      long all = diverged + moreDiverged;
      if (!next.isEmpty()) {
        return new Tour(version, number, doubt, false, inNew, all, owner, next);
      }
      return new Tour(version, number, doubt, inNew, true, all, owner, "");
    }
  }
}
