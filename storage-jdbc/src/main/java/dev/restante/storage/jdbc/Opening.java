package dev.restante.storage.jdbc;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.EnqueueTable;
import dev.restante.storage.Moving;
import dev.restante.storage.Store;
import dev.restante.storage.StoreInfo;
import java.time.Duration;
import java.util.regex.Pattern;

/** What is common to the ways of opening a store. */
final class Opening {
  static final String DEFAULT_PREFIX = "restante_";
  static final int DEFAULT_STREAM_CACHE = 500_000;
  static final int DEFAULT_CACHED_MESSAGE_BYTES = 32 << 20;

  /** For whoever reads no stream. */
  static final int NO_STREAMS = 1;

  private static final Pattern PREFIX = Pattern.compile("[a-z_0-9]{1,32}");

  private Opening() {}

  static boolean isPrefix(String prefix) {
    return PREFIX.matcher(prefix).matches();
  }

  static String checkedPrefix(String prefix) {
    if (!isPrefix(requireNonNull(prefix, "prefix"))) {
      throw new IllegalArgumentException(
          "The table prefix must be 1 to 32 of a-z, 0-9 and _, and is: " + prefix);
    }
    return prefix;
  }

  /** Prepares the tables, and makes what a relay works with; or closes everything. */
  static EnqueueTable openEnqueueTable(
      Connections connections, Dialect dialect, String tablePrefix, SchemaMode schemaMode) {
    Calls calls = new Calls(connections, dialect, new StreamIds(NO_STREAMS));
    try {
      new Schema(tablePrefix).apply(schemaMode, dialect, calls);
      return new EnqueueTables(dialect, calls);
    } catch (RuntimeException e) {
      calls.close();
      throw e;
    }
  }

  /**
   * Prepares the tables, asks what a commit survives, and makes the store; or closes everything.
   */
  static Store open(
      Connections connections,
      Dialect dialect,
      String tablePrefix,
      SchemaMode schemaMode,
      int streamCacheSize,
      int cachedMessageBytes,
      Duration callTimeout) {
    StreamIds ids = new StreamIds(streamCacheSize);
    Calls calls = new Calls(connections, dialect, ids);
    try {
      new Schema(tablePrefix).apply(schemaMode, dialect, calls);
      if (cachedMessageBytes > 0 && calls.read(dialect::provesIncarnation)) {
        ids.rememberMessages(cachedMessageBytes);
      }
      StoreInfo info =
          new StoreInfo(
              dialect.database().id(),
              calls.read(dialect::durability),
              dialect.shared(),
              !dialect.takesTurns() || connections.several(),
              Moving.IN_AND_OUT,
              Math.min(SqlStore.MAX_PAYLOAD_BYTES, calls.read(dialect::maxPayloadBytes)),
              SqlStore.MAX_COMMIT_ROWS);
      Turns turns = new Turns(calls, dialect, callTimeout, System::nanoTime);
      return new SqlStore(info, dialect, calls, new Streams(dialect, ids), turns);
    } catch (RuntimeException e) {
      calls.close();
      throw e;
    }
  }
}
