package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.time.Duration;
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
  void refusesWhatCannotBe() {
    RedisStorage storage = RedisStorage.at("redis://localhost");
    assertThatThrownBy(() -> storage.withPrefix("{a}"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> storage.withConnections(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> storage.waitingForReplicas(0, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
