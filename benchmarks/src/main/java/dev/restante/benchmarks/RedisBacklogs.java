package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lettuce.core.api.StatefulRedisConnection;
import java.util.ArrayList;
import java.util.List;

/** Backlogs under the keys of what is written by hand. */
final class RedisBacklogs implements BacklogAccess {
  private static final int ROWS_A_COMMIT = 2_000;

  private final RedisServer server;
  private final RedisKeys keys;
  private final BacklogWriter rows;

  RedisBacklogs(RedisServer server, Population population, RedisKeys keys) {
    this.server = server;
    this.keys = keys;
    rows = new BacklogWriter(population, ROWS_A_COMMIT);
  }

  @Override
  public List<Backlog> write(int count, int entries) throws Exception {
    List<Backlog> backlogs = rows.make(count);
    for (Backlog backlog : backlogs) {
      keys.name(backlog.inbox(), "away-raw-%011d".formatted(backlog.inbox()));
      for (int j = 0; j < backlog.logs().length; j++) {
        keys.name(backlog.logs()[j], "away-raw-%011d:user-%07d".formatted(backlog.inbox(), j));
      }
    }
    try (RowWriter writer = server.writer(keys, false)) {
      rows.write(writer, backlogs, entries);
    }
    return backlogs;
  }

  @Override
  public Reader reader() {
    return new RedisReader(server.connect());
  }

  @Override
  public Acknowledger acknowledger() {
    return new RedisAcknowledger(server.connect());
  }

  @Override
  public void close() {
    // Connections are closed by those who read and write.
  }

  private static byte[] number(long number) {
    return Long.toString(number).getBytes(US_ASCII);
  }

  private final class RedisReader implements Reader {
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final RawScript page;

    RedisReader(StatefulRedisConnection<byte[], byte[]> connection) {
      this.connection = connection;
      page = new RawScript(connection, "raw_page");
    }

    /** Rows and log rows in turns; they are not decoded. */
    @Override
    public Page inbox(Backlog backlog, long after, int limit) throws Exception {
      List<Object> found =
          page.list(
              List.of(keys.inbox(backlog.inbox()), keys.logStart()),
              List.of(number(after), number(limit)));
      List<Object> logRows = new ArrayList<>(limit);
      for (int i = 1; i < found.size() && logRows.size() < limit; i += 2) {
        logRows.add(found.get(i));
      }
      return new Page(logRows, after + logRows.size(), found.size() > 2 * limit);
    }

    @Override
    public Page log(long log, long after, int limit) {
      List<byte[]> found = connection.sync().lrange(keys.log(log), after, after + limit);
      int rows = Math.min(found.size(), limit);
      return new Page(found.subList(0, rows), after + rows, found.size() > limit);
    }

    @Override
    public void close() {
      connection.close();
    }
  }

  private final class RedisAcknowledger implements Acknowledger {
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final RawScript script;

    RedisAcknowledger(StatefulRedisConnection<byte[], byte[]> connection) {
      this.connection = connection;
      script = new RawScript(connection, "raw_acknowledge");
    }

    @Override
    public void acknowledge(List<Progressed> moved) throws Exception {
      List<byte[]> named = new ArrayList<>();
      List<byte[]> arguments = new ArrayList<>();
      for (Progressed user : moved) {
        named.add(keys.cursor(user.backlog().inbox()));
        named.add(keys.inbox(user.backlog().inbox()));
        arguments.add(number(user.position()));
        arguments.add(number(user.done() ? 1 : 0));
      }
      long outcome = script.number(named, arguments);
      if (outcome != 0) {
        throw new IllegalStateException("not acknowledged: " + outcome);
      }
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
