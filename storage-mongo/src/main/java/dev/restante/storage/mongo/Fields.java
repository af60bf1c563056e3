package dev.restante.storage.mongo;

/**
 * Names of fields: short, since each document repeats them. {@code docs/storage-mongo.md} explains.
 */
final class Fields {
  static final String ID = "_id";

  // of the cell of a stream
  static final String CHANGES = "v";
  static final String SHAPE = "s";
  static final String HEAD = "h";
  static final String ORDINAL = "o";
  static final String TIME = "t";
  static final String FLOOR = "f";
  static final String CLEARED = "c";
  static final String INTENT = "i";

  // of the cell of a record
  static final String VERSION = "n";
  static final String PAYLOAD = "b";

  // within an intent
  static final String TRANSACTION = "t";
  static final String COMMITTED = "c";
  static final String LAST_TIME = "m";
  static final String ROWS = "r";
  static final String KEYED = "k";
  static final String DEDUPS = "d";
  static final String WRITES = "w";

  // of the record of a transaction
  static final String DECISION = "d";
  static final String CELLS = "c";
  static final String GUARDED = "g";
  static final String EXCLUSIVE = "e";

  // of rows
  static final String STREAM = "p";
  static final String NUMBER = "n";
  static final String TYPE = "y";
  static final String FORMAT = "f";
  static final String LOG = "l";
  static final String SEQ = "q";
  static final String KEY = "k";

  // of dedup rows
  static final String EXPIRY = "x";
  static final String HASH = "h";
  static final String FENCE = "g";

  /** The server's own time from which on it may remove the row. */
  static final String GONE = "e";

  /** In an intent: for how many milliseconds from the commit on the row counts. */
  static final String COUNTS_FOR = "e";

  static final String INTENT_OF = INTENT + "." + TRANSACTION;
  static final String INTENT_COMMITTED = INTENT + "." + COMMITTED;

  private Fields() {}
}
