package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.Restante;
import dev.restante.api.UserId;
import dev.restante.storage.StreamKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Puts a state that has grown for a deduplication window into the tables: conversations with
 * messages, inboxes that refer to them, and a remembered submit for each message. Written in order
 * of time with all indexes in place, first into the library's tables, then copied to the others, so
 * that all are alike to the row.
 */
final class Preload {
  private static final int ROWS_A_COMMIT = 20_000;

  private final Database database;
  private final Population population;
  private final Progress progress;
  private final Streams streams;

  Preload(Database database, Population population, Progress progress) {
    this.database = database;
    this.population = population;
    this.progress = progress;
    streams = new Streams(population);
  }

  /**
   * How rows look, learnt from the library by letting it accept one message in a throw-away user.
   */
  RowShape learn() throws SQLException {
    try (Restante restante = Restante.builder().storage(database.storage()).build()) {
      Population few = new Population(10);
      Population.awaitUp(restante);
      Failures failures = new Failures();
      Gate gate = new Gate(1);
      gate.enter();
      restante
          .messages()
          .submit(new Drafts(few, 7).next())
          .whenComplete(
              (result, error) -> {
                failures.note(result, error);
                gate.leave();
              });
      gate.awaitEmpty();
      failures.check();
    }
    RowShape shape = database.rowShape();
    for (String table : List.of("log", "inbox", "dedup")) {
      database.execute("DELETE FROM " + Database.LIBRARY + table);
    }
    return shape;
  }

  void run(RowShape shape, int messages, List<String> copies) throws Exception {
    addStreams();
    long began = System.nanoTime();
    write(shape, messages);
    progress.say("%,d messages preloaded in %.1f s", messages, (System.nanoTime() - began) / 1e9);
    for (String copy : copies) {
      database.createTables(copy);
      for (String table : tablesOf(copy)) {
        database.execute(
            "INSERT INTO %s%s SELECT * FROM %s%s".formatted(copy, table, Database.LIBRARY, table));
      }
    }
    database.settle();
    database.resetStatistics();
    progress.say("copied and settled after %.1f s", (System.nanoTime() - began) / 1e9);
  }

  private static List<String> tablesOf(String prefix) {
    return prefix.equals(Database.RAW_LOG) ? List.of("log") : Database.MESSAGE_TABLES;
  }

  private void addStreams() throws SQLException {
    byte[] tenant = UserId.DEFAULT_TENANT.getBytes(UTF_8);
    List<byte[]> users = new ArrayList<>();
    for (int i = 0; i < population.users(); i++) {
      users.add(population.user(i).value().getBytes(UTF_8));
    }
    int inbox = StreamKey.Kind.INBOX.code();
    database.addStreams(Database.LIBRARY, inbox, tenant, users);
    List<byte[]> conversations = new ArrayList<>();
    for (int i = 0; i < population.conversations(); i++) {
      conversations.add(population.conversation(i).key().getBytes(UTF_8));
    }
    int log = StreamKey.Kind.LOG.code();
    database.addStreams(Database.LIBRARY, log, tenant, conversations);
    streams.number(
        database.streamIds(Database.LIBRARY, log), database.streamIds(Database.LIBRARY, inbox));
  }

  private void write(RowShape shape, int messages) throws SQLException {
    Messages source = new Messages(population, 11);
    SplittableRandom random = source.random();
    // The first ids expire in an hour, so that nothing does during a run.
    long window = RowShape.WINDOW_MILLIS - 3_600_000L;
    long from = System.currentTimeMillis() - window;
    try (RowWriter writer = database.bulkWriter(Database.LIBRARY, shape)) {
      for (int i = 0; i < messages; i++) {
        int conversation = random.nextInt(population.conversations());
        int side = random.nextInt(2);
        long time = from + (long) ((double) window * i / messages);
        streams.write(writer, source, conversation, side, time);
        if (i % ROWS_A_COMMIT == ROWS_A_COMMIT - 1) {
          writer.commit();
        }
      }
      writer.commit();
    }
  }

  /** The streams as they stand now. */
  Streams streams() {
    return streams;
  }
}
