package dev.restante.storage;

import static java.util.Objects.requireNonNull;

/**
 * Names one stream. Keys are data: tenant and name may hold any Unicode text, colons, line breaks
 * and NUL among it, and differ if one UTF-8 byte differs; an adapter never joins them into a string
 * without escaping. All texts handed to a store are well-formed: no surrogate stands alone.
 *
 * @param kind what the stream holds
 * @param tenant the tenant, at most 255 bytes of UTF-8
 * @param name the name within kind and tenant, at most {@value #MAX_NAME_BYTES} bytes of UTF-8
 */
public record StreamKey(Kind kind, String tenant, String name) {
  /** The longest name in bytes of UTF-8: two user ids of 255 bytes and what tells them apart. */
  public static final int MAX_NAME_BYTES = 600;

  /** The partition of records that belong to the store as a whole. It has no rows. */
  public static final StreamKey STORE = new StreamKey(Kind.STORE, "", "");

  /** What a stream holds. Adapters store {@link #code()}, never the ordinal. */
  public enum Kind {
    /** The store itself: a partition for records only. */
    STORE(0),
    /** The log of a conversation. */
    LOG(1),
    /** The inbox of a user. */
    INBOX(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The number that adapters persist; it never changes. */
    public int code() {
      return code;
    }
  }

  public StreamKey {
    requireNonNull(kind, "kind");
    requireNonNull(tenant, "tenant");
    requireNonNull(name, "name");
  }

  /**
   * The same in every process, unlike an enum's own, so that what follows from it can be replayed.
   */
  @Override
  public int hashCode() {
    return 31 * (31 * kind.code() + tenant.hashCode()) + name.hashCode();
  }

  /** The log of a conversation. */
  public static StreamKey log(String tenant, String conversation) {
    return new StreamKey(Kind.LOG, tenant, conversation);
  }

  /** The inbox of a user. */
  public static StreamKey inbox(String tenant, String user) {
    return new StreamKey(Kind.INBOX, tenant, user);
  }
}
