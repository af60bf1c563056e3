package dev.restante.crash;

import static dev.restante.crash.World.get;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.api.sync.RedisServerCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Messages in PostgreSQL, cursors and leases in a Redis that keeps nothing on disk: it is emptied
 * under two nodes, and killed.
 */
@Tag("O4")
@Timeout(300)
final class ApartTest {
  private static final Duration LEASE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  @TempDir private Path folder;

  private final List<Restante> nodes = new ArrayList<>();
  private int said;

  private void node(HikariDataSource pool, RedisProcess redis) {
    Storage apart = RedisStorage.at(redis.uri());
    Restante node =
        Restante.builder()
            .storage(JdbcStorage.on(pool))
            .cursors(apart)
            .leases(apart)
            .options(
                RestanteOptions.builder()
                    .leaseDuration(LEASE)
                    .pollInterval(Duration.ofMillis(200))
                    .build())
            .build();
    nodes.add(node);
    assertThat(get(node.opened()).state()).isEqualTo(Health.State.UP);
  }

  private static HikariDataSource pool(Postgres postgres) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.url());
    config.setUsername("postgres");
    config.setConnectionTimeout(5_000);
    return new HikariDataSource(config);
  }

  /** To one node, and then to the other. */
  private void say() {
    Restante node = nodes.get(said % nodes.size());
    Draft draft = Draft.text(ALICE.device("pc"), TALK, "m" + said++);
    assertThat(get(node.messages().submit(draft)).isOk()).isTrue();
  }

  private long leases() {
    return nodes.stream().mapToLong(node -> node.counters().leases()).sum();
  }

  /** A device that acknowledges nothing by itself. */
  private static final class Device implements AutoCloseable {
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final List<Delivery.Snapshot> snapshots = new CopyOnWriteArrayList<>();
    private final Receiver receiver = new Receiver(this::take);
    private final DeviceSession session;
    private volatile @Nullable Cursor last;

    Device(Restante node) {
      session = node.sync().connect(BOB.device("phone"), SyncPolicy.everything(), receiver);
    }

    private void take(Delivery delivery) {
      if (delivery instanceof Delivery.Page page) {
        page.entries().stream()
            .filter(Message.class::isInstance)
            .forEach(entry -> texts.add(((Message) entry).body().asText()));
        last = page.cursor();
      } else if (delivery instanceof Delivery.Snapshot snapshot) {
        snapshots.add(snapshot);
      } else if (delivery instanceof Delivery.CaughtUp caughtUp) {
        last = caughtUp.cursor();
      }
      receiver.more();
    }

    void acknowledge() {
      assertThat(get(session.acknowledge(requireNonNull(last))).isOk()).isTrue();
    }

    @Override
    public void close() {
      session.close();
    }
  }

  @Test
  void whatIsApartMayBeEmptiedAndKilled() {
    try (Postgres postgres = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
        RedisProcess redis = RedisProcess.start(List.of("--save", "", "--appendonly", "no"));
        HikariDataSource pool = pool(postgres)) {
      try {
        node(pool, redis);
        node(pool, redis);
        await().atMost(PATIENCE).until(() -> leases() == 1);
        meanwhileAcknowledged(redis);
        emptied(redis);
        killed(redis);
      } finally {
        nodes.forEach(node -> node.close(Duration.ofSeconds(5)));
      }
    }
  }

  /** A device goes on at the other node, where it was. */
  private void meanwhileAcknowledged(RedisProcess redis) {
    try (Device device = new Device(nodes.get(0))) {
      await().atMost(PATIENCE).until(() -> device.last != null);
      for (int i = 0; i < 10; i++) {
        say();
      }
      await().atMost(PATIENCE).until(() -> device.texts.contains("m9"));
      device.acknowledge();
    }
    say();
    try (Device device = new Device(nodes.get(1))) {
      await().atMost(PATIENCE).until(() -> device.texts.contains("m10"));
      assertThat(device.texts).containsExactly("m10");
      assertThat(device.snapshots).isEmpty();
      device.acknowledge();
    }
    assertThat(kept(redis)).isPositive();
  }

  private static long kept(RedisProcess redis) {
    return redis.ask(RedisServerCommands::dbsize);
  }

  private void emptied(RedisProcess redis) {
    long lost = lost();
    redis.ask(RedisServerCommands::flushall);
    say();
    // Whoever had it finds that it is gone, or nobody did and it is taken again.
    await().atMost(PATIENCE).until(() -> kept(redis) > 0);
    await().atMost(PATIENCE).until(() -> leases() == 1);
    assertThat(lost()).isBetween(lost, lost + 1);
    try (Device device = new Device(nodes.get(0))) {
      await().atMost(PATIENCE).until(() -> !device.snapshots.isEmpty());
      say();
      await().atMost(PATIENCE).until(() -> device.texts.contains("m" + (said - 1)));
      device.acknowledge();
    }
  }

  private long lost() {
    return nodes.stream().mapToLong(node -> node.counters().leasesLost()).sum();
  }

  private void killed(RedisProcess redis) {
    redis.kill();
    for (int i = 0; i < 20; i++) {
      say();
    }
    await().atMost(PATIENCE).until(() -> leases() == 0);
    nodes.forEach(node -> assertThat(node.health().state()).isEqualTo(Health.State.UP));
    redis.start();
    await().atMost(PATIENCE).until(() -> leases() == 1);
    try (Device device = new Device(nodes.get(1))) {
      await().atMost(PATIENCE).until(() -> !device.snapshots.isEmpty());
      say();
      await().atMost(PATIENCE).until(() -> device.texts.contains("m" + (said - 1)));
    }
  }
}
