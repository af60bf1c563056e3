package dev.restante.benchmarks;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.StreamKey;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which message was acknowledged at which number of which conversation, to be looked for in the
 * tables at the end. {@link #note} is for any thread.
 */
final class Acknowledged {
  private static final int FETCH_ROWS = 10_000;

  private final Map<ConversationId, Numbers> conversations = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong clashes = new AtomicLong();

  void note(Draft draft, Acknowledgement acknowledgement) {
    count.incrementAndGet();
    if (!conversations
        .computeIfAbsent(draft.conversation(), conversation -> new Numbers())
        .put(acknowledgement.seq(), idOf(draft.clientId()))) {
      clashes.incrementAndGet();
    }
  }

  long count() {
    return count.get();
  }

  /** Of the client id 62 bits that were drawn at random; never 0. */
  private static long idOf(String clientId) {
    return UUID.fromString(clientId).getLeastSignificantBits();
  }

  /**
   * Looks for all of them in the library's tables.
   *
   * @param others how many messages are there besides
   * @throws IllegalStateException if one is missing or there twice, or a number has no row
   */
  void check(Database database, Population population, long others) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      require("acknowledgements of numbers that others had", 0, clashes.get());
      require("logs with holes", 0, holes(statement, "log", "seq"));
      require("inboxes with holes", 0, holes(statement, "inbox", "position"));
      long rows = number(statement, "SELECT COUNT(*) FROM restante_log");
      require("rows of the logs", others + count(), rows);
      require(
          "references in inboxes",
          rows,
          number(statement, "SELECT COUNT(*) FROM restante_inbox WHERE log_id <> 0"));
      require("acknowledged messages in the logs", count(), found(database, population));
    }
  }

  private static void require(String what, long wanted, long found) {
    if (found != wanted) {
      throw new IllegalStateException("%s: %,d, and should be %,d".formatted(what, found, wanted));
    }
  }

  private static long holes(Statement statement, String table, String column) throws SQLException {
    return number(
        statement,
        "SELECT COUNT(*) FROM (SELECT stream_id FROM restante_%s GROUP BY stream_id HAVING COUNT(*) <> MAX(%s)) g"
            .formatted(table, column));
  }

  private static long number(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** How many rows of the logs hold what was acknowledged at their number. */
  private long found(Database database, Population population) throws SQLException {
    Map<String, Long> ids = database.streamIds(Database.LIBRARY, StreamKey.Kind.LOG.code());
    Map<Long, ConversationId> byId = new HashMap<>();
    for (int i = 0; i < population.conversations(); i++) {
      ConversationId conversation = population.conversation(i);
      byId.put(ids.get(conversation.key()), conversation);
    }
    long found = 0;
    try (Connection connection = database.connect()) {
      // Otherwise the driver takes all rows at once.
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(FETCH_ROWS);
        try (ResultSet row =
            statement.executeQuery(
                "SELECT stream_id, seq, time_millis, payload FROM restante_log")) {
          while (row.next()) {
            ConversationId conversation = byId.get(row.getLong(1));
            long seq = row.getLong(2);
            if (conversation == null) {
              throw new IllegalStateException("a row of stream " + row.getLong(1));
            }
            Numbers numbers = conversations.get(conversation);
            long id = numbers == null ? 0 : numbers.at(seq);
            if (id != 0
                && WireCodec.decodeFromLog(conversation, seq, row.getLong(3), row.getBytes(4))
                    instanceof Message message
                && idOf(message.clientId()) == id) {
              found++;
            }
          }
        }
      }
    }
    return found;
  }

  /** By number in its conversation what was acknowledged there; 0 if nothing was. */
  private static final class Numbers {
    private long[] ids = new long[64];

    /** False if something else was acknowledged there before. */
    synchronized boolean put(long seq, long id) {
      int index = Math.toIntExact(seq);
      if (index >= ids.length) {
        ids = Arrays.copyOf(ids, Math.max(index + 1, 2 * ids.length));
      }
      boolean free = ids[index] == 0;
      ids[index] = id;
      return free;
    }

    synchronized long at(long seq) {
      return seq < ids.length ? ids[(int) seq] : 0;
    }
  }
}
