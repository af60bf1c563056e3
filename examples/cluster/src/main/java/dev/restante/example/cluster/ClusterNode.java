package dev.restante.example.cluster;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Restante;
import dev.restante.example.chat.ChatServer;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.redis.RedisBus;
import dev.restante.storage.redis.RedisStorage;
import java.io.IOException;
import java.time.Duration;

/**
 * One node, in a process of its own: the chat server as it is, with messages in PostgreSQL, and
 * cursors, leases and a bus in Redis. That is all that makes a cluster of it.
 */
final class ClusterNode {
  static final String POSTGRES = "restante.cluster.postgres";
  static final String REDIS = "restante.cluster.redis";

  /** Writers, readers, housekeepers, as many as a node has at most: see {@code docs/guide.md}. */
  private static final int CONNECTIONS = 2 + 4 + 2;

  private static final Duration CONNECTION = Duration.ofSeconds(5);
  private static final Duration OPENING = Duration.ofMinutes(1);

  private ClusterNode() {}

  public static void main(String[] arguments) throws InterruptedException {
    endWithTheCluster();
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(requireNonNull(System.getProperty(POSTGRES)));
    pool.setMaximumPoolSize(CONNECTIONS);
    // Less than a call to the store may take, so that the outcome of one that got none is plain.
    pool.setConnectionTimeout(CONNECTION.toMillis());
    String redis = requireNonNull(System.getProperty(REDIS));
    // What is written often and may be lost: it keeps nothing on disk.
    Storage apart = RedisStorage.at(redis);
    ChatServer.run(
        data ->
            Restante.builder()
                .storage(JdbcStorage.on(pool))
                .cursors(apart)
                .leases(apart)
                .bus(RedisBus.at(redis)),
        OPENING);
  }

  /** A cluster that was killed cannot stop its nodes; but what they read from it ends. */
  private static void endWithTheCluster() {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {}
              } catch (IOException e) {
                // it has ended
              }
              System.exit(0);
            },
            "cluster-end");
    thread.setDaemon(true);
    thread.start();
  }
}
