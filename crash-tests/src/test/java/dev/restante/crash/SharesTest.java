package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.crash.Shares.Node;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes that share all streams each get a part of the store. The first writes small batches,
 * and did so before the other one came: of a large batch there is always a stream in which it was
 * quicker.
 */
@Tag("O6")
@Tag("M13")
@Timeout(600)
final class SharesTest {
  private static final int COMMITS = Integer.getInteger("restante.shares.commits", 400);
  private static final int SMALL = 50;
  private static final int LARGE = 2000;

  /** With a fair store 19 to 67 were seen, and 81 once; without, 80 to all that the run has. */
  private static final int LONGEST_DROUGHT = 150;

  /** Of 400 commits the lesser node got 56 to 83 on Redis, and 2 to 13 where nobody has claims. */
  private static final int LEAST_PART = 16;

  /** On a cluster, where nobody has, it got 20 to 119 with batches that shrink, and 4 without. */
  private static final int LEAST_PART_OF_A_CLUSTER = 50;

  @TempDir private Path folder;

  private final List<HikariDataSource> pools = new ArrayList<>();

  @AfterEach
  void closePools() {
    pools.forEach(HikariDataSource::close);
  }

  @Test
  void onPostgresql() {
    try (Postgres server = Postgres.start(folder.resolve("postgres"), Duration.ZERO)) {
      share("postgresql", () -> on(server.url(), "postgres"));
    }
  }

  @Test
  void onRedis() {
    try (RedisProcess server = RedisProcess.start(folder.resolve("redis"), RedisProcess.DURABLE)) {
      share("redis", () -> RedisStorage.at(server.uri()));
    }
  }

  /** Nobody is kept out for a moment there, so whoever is outrun writes less at a time. */
  @Test
  void onARedisCluster() {
    try (RedisCluster cluster = RedisCluster.start(false, RedisProcess.DURABLE)) {
      Shares shares = shared("redis cluster", () -> RedisStorage.cluster(cluster.uris()));
      assertThat(shares.one().commitsTogether()).isGreaterThan(COMMITS / LEAST_PART_OF_A_CLUSTER);
      assertThat(shares.other().commitsTogether()).isGreaterThan(COMMITS / LEAST_PART_OF_A_CLUSTER);
    }
  }

  private Storage on(String url, String user) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setConnectionTimeout(5_000);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return JdbcStorage.on(pool);
  }

  private static void share(String store, Supplier<Storage> storage) {
    Shares shares = shared(store, storage);
    assertFair(shares.one(), SMALL);
    assertFair(shares.other(), LARGE);
  }

  private static Shares shared(String store, Supplier<Storage> storage) {
    try (Shares shares = new Shares(storage, SMALL, LARGE)) {
      shares.run(COMMITS);
      System.out.printf("shares on %s: %s%n", store, shares);
      return shares;
    }
  }

  private static void assertFair(Node node, int underWay) {
    assertThat(node.longestDrought())
        .as("what the other one committed while this one got nothing done")
        .isLessThan(LONGEST_DROUGHT);
    assertThat(node.accepted()).isGreaterThan(underWay);
    assertThat(node.commitsTogether()).isGreaterThan(COMMITS / LEAST_PART);
  }
}
