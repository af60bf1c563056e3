package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** How a store is configured, and what is told of it. */
final class RedisStorageTest {
  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(StorageProvider.class))
        .anyMatch(
            each ->
                each.name().equals("redis") && each.specVersion() == StorageProvider.SPEC_VERSION);
  }

  @Test
  void tellsWhereItIsWithoutSecrets() {
    assertThat(RedisStorage.at("redis://user:secret@host.example:6380/3").description())
        .isEqualTo("Redis host.example:6380, database 3, keys restante:*");
    Storage sentinel =
        new RedisStorageProvider()
            .create(
                Map.of(
                    "uri",
                    "redis-sentinel://secret@one.example:26379,two.example:26380/0#mymaster",
                    "prefix",
                    "other"));
    assertThat(sentinel.description())
        .contains("mymaster", "one.example:26379", "two.example:26380", "keys other:*")
        .doesNotContain("secret");
  }

  @Test
  void tellsAllThatIsWrongAtOnce() {
    Map<String, String> settings =
        Map.of(
            "prefix", "with{brace",
            "connections", "0",
            "replicas", "many",
            "replicaTimeoutMillis", "0",
            "user", "nobody");
    assertThatThrownBy(() -> new RedisStorageProvider().create(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "uri is missing",
            "prefix",
            "connections",
            "replicas",
            "replicaTimeoutMillis",
            "user is unknown");
    assertThatThrownBy(() -> new RedisStorageProvider().create(Map.of("uri", "http://:secret")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("redis-sentinel://")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aClusterIsNamedByItsNodes() {
    RedisStorageProvider provider = new RedisStorageProvider();
    assertThat(
            provider
                .create(
                    Map.of("cluster", "rediss://:secret@one.example:6379,redis://two.example:6380"))
                .description())
        .isEqualTo("Redis Cluster one.example:6379 two.example:6380, keys restante:*");
    for (String wrong :
        new String[] {
          "",
          "redis://:secret@one.example/3",
          "redis://:secret@one.example,",
          "redis-sentinel://secret@one.example#main"
        }) {
      assertThatThrownBy(() -> provider.create(Map.of("cluster", wrong)))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cluster must be like redis://")
          .hasMessageNotContaining("secret");
    }
    assertThatThrownBy(
            () -> provider.create(Map.of("cluster", "redis://one", "uri", "redis://two")))
        .hasMessageContaining("uri and cluster exclude each other");
    assertThatThrownBy(() -> RedisStorage.cluster())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 node or more");
  }

  @Test
  void refusesWhatCannotBe() {
    RedisStorage storage = RedisStorage.at("redis://localhost");
    for (String wrong : List.of("http://:secret@one", "redis://:sec ret@one^", "")) {
      assertThatThrownBy(() -> RedisStorage.at(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasNoCause()
          .hasMessageContaining("redis://host:port")
          .hasMessageNotContainingAny("secret", "sec ret");
    }
    assertThatThrownBy(() -> storage.withPrefix("{a}"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> storage.withConnections(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> storage.waitingForReplicas(0, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
