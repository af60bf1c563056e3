package dev.restante.benchmarks;

import java.sql.SQLException;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Where the streams of a population stand, as whoever writes by hand keeps it in memory. Two
 * threads may write at once if they share no stream.
 */
final class Streams {
  private static final int PRELOAD_BATCH = 500;

  private final Population population;
  private final long[] logIds;
  private final long[] inboxIds;
  private final long[] logHeads;
  private final long[] inboxHeads;

  Streams(Population population) {
    this(
        population,
        new long[population.conversations()],
        new long[population.users()],
        new long[population.conversations()],
        new long[population.users()]);
  }

  private Streams(
      Population population, long[] logIds, long[] inboxIds, long[] logHeads, long[] inboxHeads) {
    this.population = population;
    this.logIds = logIds;
    this.inboxIds = inboxIds;
    this.logHeads = logHeads;
    this.inboxHeads = inboxHeads;
  }

  /** The same state, to go on from for oneself. */
  Streams copy() {
    return new Streams(population, logIds, inboxIds, logHeads.clone(), inboxHeads.clone());
  }

  void number(Map<String, Long> logs, Map<String, Long> inboxes) {
    for (int i = 0; i < logIds.length; i++) {
      logIds[i] = id(logs, population.conversation(i).key());
    }
    for (int i = 0; i < inboxIds.length; i++) {
      inboxIds[i] = id(inboxes, population.user(i).value());
    }
  }

  /** Numbers that begin at 1, for a store in which somebody else counts. */
  void number() {
    for (int i = 0; i < logIds.length; i++) {
      logIds[i] = 1L + i;
    }
    for (int i = 0; i < inboxIds.length; i++) {
      inboxIds[i] = 1L + logIds.length + i;
    }
  }

  private static long id(Map<String, Long> ids, String name) {
    Long id = ids.get(name);
    if (id == null) {
      throw new IllegalStateException("stream without a number: " + name);
    }
    return id;
  }

  /** Puts messages into an empty store that does not count, and returns where the streams stand. */
  static Streams preloaded(RowWriter writer, Population population, int messages, boolean logOnly)
      throws SQLException {
    Streams streams = new Streams(population);
    streams.number();
    streams.preload(writer, population, messages, PRELOAD_BATCH, logOnly);
    return streams;
  }

  /** Writes messages that are half a deduplication window old, so many a commit. */
  private void preload(
      RowWriter writer, Population population, int messages, int batch, boolean logOnly)
      throws SQLException {
    Messages source = new Messages(population, 11);
    SplittableRandom random = source.random();
    long time = System.currentTimeMillis() - RowShape.WINDOW_MILLIS / 2;
    for (int i = 0; i < messages; i++) {
      int conversation = random.nextInt(population.conversations());
      int side = random.nextInt(2);
      if (logOnly) {
        writeLog(writer, source, conversation, side, time);
      } else {
        write(writer, source, conversation, side, time);
      }
      if (i % batch == batch - 1) {
        writer.commit();
      }
    }
    writer.commit();
  }

  /** Writes the rows of one message. */
  void write(RowWriter writer, Messages source, int conversation, int side, long timeMillis)
      throws SQLException {
    int sender = population.member(conversation, side);
    int receiver = population.member(conversation, 1 - side);
    long seq = ++logHeads[conversation];
    long log = logIds[conversation];
    byte[] clientId = source.clientId(timeMillis);
    writer.log(log, seq, timeMillis, source.payload(clientId, sender));
    writer.inbox(inboxIds[receiver], ++inboxHeads[receiver], log, seq);
    writer.dedup(clientId, inboxIds[sender], log, seq, timeMillis);
  }

  /** Writes the log's row of one message. */
  void writeLog(RowWriter writer, Messages source, int conversation, int side, long timeMillis)
      throws SQLException {
    int sender = population.member(conversation, side);
    byte[] clientId = source.clientId(timeMillis);
    writer.log(
        logIds[conversation],
        ++logHeads[conversation],
        timeMillis,
        source.payload(clientId, sender));
  }
}
