package dev.restante.storage;

/**
 * One change to a record, as part of a commit.
 *
 * @param key the record
 * @param condition when the change applies
 * @param expectedVersion the version that {@link Condition#IF_VERSION} asks for; 0 stands for an
 *     absent record
 * @param version the new version, 1 or greater; 0 removes the record
 * @param payload the new payload; empty if the record is removed
 */
public record RecordWrite(
    RecordKey key, Condition condition, long expectedVersion, long version, byte[] payload) {
  private static final byte[] NOTHING = {};

  /** When a change applies. */
  public enum Condition {
    /** Always. */
    ALWAYS,
    /** If the stored version is the expected one; otherwise the whole commit is a conflict. */
    IF_VERSION,
    /**
     * If the stored version is less than the new one, or the record absent; otherwise nothing
     * changes and the commit goes on. This is compare-and-max: cursors move forward only.
     */
    IF_GREATER
  }

  /** Stores a value whatever was there. */
  public static RecordWrite set(RecordKey key, long version, byte[] payload) {
    return new RecordWrite(key, Condition.ALWAYS, 0, version, payload);
  }

  /** Replaces the expected version; 0 stands for an absent record. */
  public static RecordWrite replace(
      RecordKey key, long expectedVersion, long version, byte[] payload) {
    return new RecordWrite(key, Condition.IF_VERSION, expectedVersion, version, payload);
  }

  /** Stores the value if its version is greater than the stored one. */
  public static RecordWrite raise(RecordKey key, long version, byte[] payload) {
    return new RecordWrite(key, Condition.IF_GREATER, 0, version, payload);
  }

  /** Removes the record, whatever its version. Removing an absent record changes nothing. */
  public static RecordWrite remove(RecordKey key) {
    return new RecordWrite(key, Condition.ALWAYS, 0, 0, NOTHING);
  }
}
