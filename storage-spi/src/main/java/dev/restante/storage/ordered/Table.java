package dev.restante.storage.ordered;

/**
 * The tables: one ordered map of bytes each, all written by the same batch. Keys are compared byte
 * by byte, unsigned. Numbers in them are big-endian, so that the order of bytes is the order of
 * numbers.
 */
public enum Table {
  /** {@code "format"} → the version of this layout. */
  META("meta"),
  /**
   * Kind, tenant, name → the number that stands for the stream; its floor, ordinal and time. Keys
   * are often looked up that are not there.
   */
  STREAM("stream"),
  /** Number of a stream → kind, tenant, name. */
  NAME("name"),
  /** Number of a log, sequence number → the row. */
  LOG("log"),
  /** Number of an inbox, position → the row. */
  INBOX("inbox"),
  /**
   * Number of an inbox, compaction key → the position of the row that has it. Keys are often looked
   * up that are not there.
   */
  NEWEST("newest"),
  /**
   * Client id, sender, number of the log → the submit. Keys are mostly looked up that are not
   * there.
   */
  DEDUP("dedup"),
  /** Moment of expiry, key of a submit → nothing; none for submits that never expire. */
  EXPIRY("expiry"),
  /** Number of the partition, space, id → version and payload. */
  RECORD("record");

  private final String label;

  Table(String label) {
    this.label = label;
  }

  /** The name that adapters persist; lower-case letters, and it never changes. */
  public String label() {
    return label;
  }
}
