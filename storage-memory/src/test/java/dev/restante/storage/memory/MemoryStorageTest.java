package dev.restante.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

final class MemoryStorageTest {
  private static final StoreContext CONTEXT = new StoreContext(Duration.ofSeconds(1));
  private static final StreamKey LOG = StreamKey.log("t", "c");

  @Test
  void isFoundByName() {
    assertThat(ServiceLoader.load(StorageProvider.class))
        .filteredOn(provider -> provider.name().equals("memory"))
        .singleElement()
        .satisfies(
            provider -> {
              assertThat(provider.specVersion()).isEqualTo(StorageProvider.SPEC_VERSION);
              assertThat(provider.create(Map.of())).isInstanceOf(MemoryStorage.class);
            });
  }

  @Test
  void namesEverySettingItDoesNotKnow() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MemoryStorageProvider().create(Map.of("url", "x", "size", "3")))
        .withMessageContaining("size")
        .withMessageContaining("url");
  }

  @Test
  void everyStoreOfOneInstanceSeesTheSameData() {
    MemoryStorage storage = MemoryStorage.create();
    try (Store one = storage.open(CONTEXT);
        Store two = storage.open(CONTEXT);
        Store other = MemoryStorage.create().open(CONTEXT)) {
      assertThat(one.commit(row(1, new byte[0]))).isEqualTo(CommitOutcome.COMMITTED);

      LogRange all = new LogRange(LOG, 1, Long.MAX_VALUE, false, 9, 9);
      assertThat(two.readLog(all).rows()).hasSize(1);
      assertThat(other.readLog(all).rows()).isEmpty();
    }
  }

  @Test
  void refusesATooLargePayloadOnBothWays() {
    try (Store store = MemoryStorage.create().open(CONTEXT)) {
      Commit commit = row(1, new byte[store.info().maxPayloadBytes() + 1]);

      assertThat(store.commit(commit)).isInstanceOf(CommitOutcome.Refused.class);
      assertThat(store.commitLocked(List.of(LOG), heads -> Optional.of(commit)))
          .isInstanceOf(CommitOutcome.Refused.class);
      assertThat(store.heads(List.of(LOG)).get(0).head()).isZero();
    }
  }

  private static Commit row(long seq, byte[] payload) {
    LogAppend append =
        new LogAppend(LOG, seq - 1, false, List.of(new LogRow(seq, seq, 5, 0, payload)));
    return new Commit(5, false, List.of(append), List.of(), List.of(), List.of(), List.of());
  }
}
