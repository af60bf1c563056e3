package dev.restante.storage.rocksdb;

import java.nio.charset.StandardCharsets;

/**
 * The column families: one ordered map each, all written by the same batch. Numbers are big-endian,
 * so that the order of bytes is the order of numbers. The names are on disk and never change.
 */
enum Family {
  /** {@code "format"} → the version of this layout. */
  META("default", false),
  /** Kind, tenant, name → the number that stands for the stream; its floor, ordinal and time. */
  STREAM("stream", true),
  /** Number of a stream → kind, tenant, name. */
  NAME("name", false),
  /** Number of a log, sequence number → the row. */
  LOG("log", false),
  /** Number of an inbox, position → the row. */
  INBOX("inbox", false),
  /** Number of an inbox, compaction key → the position of the row that has it. */
  NEWEST("newest", true),
  /** Client id, sender, number of the log → the submit. */
  DEDUP("dedup", true),
  /** Moment of expiry, key of a submit → nothing; none for submits that never expire. */
  EXPIRY("expiry", false),
  /** Number of the partition, space, id → version and payload. */
  RECORD("record", false);

  private final String label;
  private final boolean oftenMissed;

  Family(String label, boolean oftenMissed) {
    this.label = label;
    this.oftenMissed = oftenMissed;
  }

  byte[] label() {
    return label.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether keys are mostly looked up that are not there. */
  boolean oftenMissed() {
    return oftenMissed;
  }
}
