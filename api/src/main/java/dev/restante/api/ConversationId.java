package dev.restante.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;

/**
 * Names a conversation. A direct conversation's id follows from its two users and gives them back;
 * a group's id is the host's.
 *
 * @param tenant the tenant, 1 to {@value UserId#MAX_BYTES} bytes of UTF-8
 * @param type direct or group; the two never share an id
 * @param value for a group 1 to {@value UserId#MAX_BYTES} bytes of UTF-8, for a direct conversation
 *     what {@link #between} made
 */
public record ConversationId(String tenant, Type type, String value) {
  /** The kinds of conversation. */
  public enum Type {
    /** Two users, or one user's notes to himself. */
    DIRECT('d'),
    /** A group with members and roles. */
    GROUP('g');

    private final char prefix;

    Type(char prefix) {
      this.prefix = prefix;
    }
  }

  private static final int MAX_DIRECT_BYTES = 2 * UserId.MAX_BYTES + 4;

  /**
   * @throws InvalidValueException if a part is empty, too long or malformed
   */
  public ConversationId {
    requireNonNull(type, "type");
    Text.id("tenant", tenant, UserId.MAX_BYTES);
    if (type == Type.GROUP) {
      Text.id("group id", value, UserId.MAX_BYTES);
    } else {
      Text.id("direct conversation id", value, MAX_DIRECT_BYTES);
      pair(tenant, value);
    }
  }

  /**
   * The conversation of two users, the same whoever is named first. A user may talk to himself.
   *
   * @throws InvalidValueException if the users are of different tenants
   */
  public static ConversationId between(UserId one, UserId other) {
    if (!one.tenant().equals(other.tenant())) {
      throw new InvalidValueException(
          "users of different tenants cannot talk: " + one.tenant() + ", " + other.tenant());
    }
    boolean inOrder = compareBytes(one.value(), other.value()) <= 0;
    String first = (inOrder ? one : other).value();
    String second = (inOrder ? other : one).value();
    return new ConversationId(one.tenant(), Type.DIRECT, first.length() + ":" + first + second);
  }

  /** A group of the default tenant. */
  public static ConversationId group(String value) {
    return group(UserId.DEFAULT_TENANT, value);
  }

  /** A group. */
  public static ConversationId group(String tenant, String value) {
    return new ConversationId(tenant, Type.GROUP, value);
  }

  /**
   * Reads what {@link #key()} wrote.
   *
   * @throws InvalidValueException if it is not of that form
   */
  public static ConversationId ofKey(String tenant, String key) {
    requireNonNull(key, "key");
    for (Type type : Type.values()) {
      if (!key.isEmpty() && key.charAt(0) == type.prefix) {
        return new ConversationId(tenant, type, key.substring(1));
      }
    }
    throw new InvalidValueException("not a conversation key: " + key);
  }

  /** Type and value in one text, unambiguous within the tenant; stores and transports use it. */
  public String key() {
    return type.prefix + value;
  }

  /** Whether this is a direct conversation. */
  public boolean isDirect() {
    return type == Type.DIRECT;
  }

  /**
   * The users of a direct conversation: two, or one who talks to himself.
   *
   * @throws IllegalStateException if this is a group
   */
  public List<UserId> pair() {
    if (type != Type.DIRECT) {
      throw new IllegalStateException("a group's members are not in its id: " + this);
    }
    return pair(tenant, value);
  }

  private static List<UserId> pair(String tenant, String value) {
    int colon = value.indexOf(':');
    try {
      int length = Integer.parseInt(value, 0, Math.max(colon, 0), 10);
      String first = value.substring(colon + 1, colon + 1 + length);
      String second = value.substring(colon + 1 + length);
      boolean canonical = value.startsWith(length + ":") && compareBytes(first, second) <= 0;
      if (canonical) {
        UserId one = new UserId(tenant, first);
        return first.equals(second) ? List.of(one) : List.of(one, new UserId(tenant, second));
      }
    } catch (NumberFormatException | IndexOutOfBoundsException malformed) {
      // falls through to the one message
    }
    throw new InvalidValueException("not a direct conversation id: " + value);
  }

  private static int compareBytes(String one, String other) {
    return Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }
}
