package dev.restante.storage.migration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;

/**
 * How a node takes part in a move.
 *
 * @param node names this node, 1 to 200 bytes of UTF-8 without control characters, like no other
 *     that runs at the same time
 * @param longestPause how long writers may have to wait for a switch before it is called off, from
 *     100 ms to 1 minute
 * @param nodeTimeout how long a node may do no work before the others give it up for dead, from 1
 *     second to 1 hour
 * @param pageSize how many streams, submits and records are looked at together, 1 to 5,000
 * @param compareEvery of how many streams the rows of one are compared, 1 or more; heads and floors
 *     are always compared
 * @param maxWaiting how many changed streams, submits and records a node remembers, 1,000 or more;
 *     where there are more of them everything is compared once more
 */
public record MoveOptions(
    String node,
    Duration longestPause,
    Duration nodeTimeout,
    int pageSize,
    int compareEvery,
    int maxWaiting) {
  private static final int MOST_NAME_BYTES = 200;

  /**
   * A pause of 5 seconds, nodes given up after 15, pages of 1,000, all rows compared, 200,000
   * waiting.
   *
   * @param node names this node
   */
  public static MoveOptions of(String node) {
    return new MoveOptions(node, Duration.ofSeconds(5), Duration.ofSeconds(15), 1_000, 1, 200_000);
  }

  public MoveOptions {
    requireNonNull(node, "node");
    check(isName(node), "node", node, "have 1 to 200 bytes of UTF-8 and no control characters");
    check(
        within(longestPause, Duration.ofMillis(100), Duration.ofMinutes(1)),
        "longestPause",
        longestPause,
        "be 100 ms to 1 minute");
    check(
        within(nodeTimeout, Duration.ofSeconds(1), Duration.ofHours(1)),
        "nodeTimeout",
        nodeTimeout,
        "be 1 second to 1 hour");
    check(pageSize >= 1 && pageSize <= 5_000, "pageSize", pageSize, "be 1 to 5,000");
    check(compareEvery >= 1, "compareEvery", compareEvery, "be 1 or more");
    check(maxWaiting >= 1_000, "maxWaiting", maxWaiting, "be 1,000 or more");
  }

  private static boolean isName(String node) {
    try {
      int bytes = UTF_8.newEncoder().encode(CharBuffer.wrap(node)).remaining();
      return bytes >= 1
          && bytes <= MOST_NAME_BYTES
          && node.chars().noneMatch(Character::isISOControl);
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static boolean within(Duration value, Duration least, Duration most) {
    return value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
  }

  private static void check(boolean holds, String name, Object value, String must) {
    if (!holds) {
      throw new IllegalArgumentException("%s must %s, is %s".formatted(name, must, value));
    }
  }

  /** The same with another limit of the writers' pause. */
  public MoveOptions longestPause(Duration pause) {
    return new MoveOptions(node, pause, nodeTimeout, pageSize, compareEvery, maxWaiting);
  }

  /** The same with another time after which a node counts as dead. */
  public MoveOptions nodeTimeout(Duration timeout) {
    return new MoveOptions(node, longestPause, timeout, pageSize, compareEvery, maxWaiting);
  }

  /** The same with pages of another size. */
  public MoveOptions pageSize(int size) {
    return new MoveOptions(node, longestPause, nodeTimeout, size, compareEvery, maxWaiting);
  }

  /** The same with the rows of fewer streams compared. */
  public MoveOptions compareEvery(int every) {
    return new MoveOptions(node, longestPause, nodeTimeout, pageSize, every, maxWaiting);
  }

  /** The same with another limit of what a node remembers. */
  public MoveOptions maxWaiting(int most) {
    return new MoveOptions(node, longestPause, nodeTimeout, pageSize, compareEvery, most);
  }
}
