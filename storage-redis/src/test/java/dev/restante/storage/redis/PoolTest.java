package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.RedisConnectionException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PoolTest {
  /**
   * A call is on its way to a master that dies, and meanwhile another call learns that it is none
   * any more: the store is there all the same, and the first call may be repeated.
   */
  @Test
  void aNodeThatIsLeftIsNoStoreThatIsClosed() {
    Pool pool =
        new Pool(
            () -> {
              throw new RedisConnectionException("refused");
            },
            Handshake.ofCluster(),
            () -> Durability.LOCAL,
            Duration.ofSeconds(1));
    pool.close();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> pool.take(Keys.ofCluster("p").probe()))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }
}
