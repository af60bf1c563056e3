package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Health;
import dev.restante.storage.Storage;
import dev.restante.storage.redis.RedisBus;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes on one Redis that tell each other over it what they did. */
@Tag("O6")
@Timeout(300)
final class RedisBusNodesTest {
  private RedisProcess redis;
  private Proxy wayOfOther;
  private TwoNodesOnABus nodes;

  @BeforeEach
  void start() {
    redis = RedisProcess.start(RedisProcess.DURABLE);
    wayOfOther = new Proxy(redis.port());
    Storage store = RedisStorage.at(redis.uri());
    nodes =
        new TwoNodesOnABus(store, RedisBus.at(redis.uri()), store, RedisBus.at(wayOfOther.uri()));
  }

  @AfterEach
  void stop() {
    nodes.close();
    wayOfOther.close();
    redis.close();
  }

  @Test
  void aMessageReachesADeviceOnAnotherNodeWithoutAPoll() throws Exception {
    nodes.hearWithoutAPoll("Redis bus");
  }

  @Test
  void afterTheServerWasKilledTheyHearEachOtherAgain() throws Exception {
    nodes.hearBeforeAndAfter(redis::kill, redis::start);
  }

  /** As when the way back from the server is cut, and neither side says so. */
  @Test
  void aConnectionThatIsSilentIsGivenUpForAnother() throws Exception {
    wayOfOther.mute(true);
    await()
        .atMost(TwoNodesOnABus.PATIENCE)
        .until(() -> nodes.other().health().bus() == Health.Bus.DOWN);
    wayOfOther.mute(false);
    nodes.awaitBus(Health.Bus.UP);
    nodes.hearInTurn("over the new one", 10);
    assertThat(nodes.one().counters().busLosses()).isZero();
  }
}
