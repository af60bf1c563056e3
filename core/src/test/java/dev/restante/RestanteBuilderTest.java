package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestanteBuilderTest {
  /** One of two providers of the same name. */
  public static class TwinOne implements StorageProvider {
    @Override
    public String name() {
      return "twin";
    }

    @Override
    public int specVersion() {
      return SPEC_VERSION;
    }

    @Override
    public Storage create(Map<String, String> settings) {
      throw new AssertionError("asked for a store all the same");
    }
  }

  /** The other one. */
  public static final class TwinTwo extends TwinOne {}

  /** Made for a version of the SPI that is gone. */
  public static final class Ancient extends TwinOne {
    @Override
    public String name() {
      return "ancient";
    }

    @Override
    public int specVersion() {
      return SPEC_VERSION - 1;
    }
  }

  @Test
  void aStoreIsFoundByItsName() {
    RestanteOptions options =
        RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build();
    try (Restante node = Restante.builder().storage("memory", Map.of()).options(options).build()) {
      assertThat(node.health().state()).isIn(Health.State.OPENING, Health.State.UP);
    }
  }

  @Test
  void aNameThatNobodyHasIsRefusedWithThoseThatAreThere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Restante.builder().storage("oracle", Map.of()))
        .withMessage(
            "0 storage providers are named 'oracle'; found: ["
                + "ancient (dev.restante.RestanteBuilderTest$Ancient), "
                + "memory (dev.restante.storage.memory.MemoryStorageProvider), "
                + "twin (dev.restante.RestanteBuilderTest$TwinOne), "
                + "twin (dev.restante.RestanteBuilderTest$TwinTwo)]");
  }

  @Test
  void aNameThatTwoHaveIsRefusedWithBoth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Restante.builder().storage("twin", Map.of()))
        .withMessageStartingWith("2 storage providers are named 'twin'; found: [")
        .withMessageContaining("RestanteBuilderTest$TwinOne")
        .withMessageContaining("RestanteBuilderTest$TwinTwo");
  }

  @Test
  void aProviderOfAnotherVersionOfTheSpiIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Restante.builder().storage("ancient", Map.of()))
        .withMessage(
            "storage provider [ancient (dev.restante.RestanteBuilderTest$Ancient)] was made for"
                + " version %d of the SPI, this is version %d",
            StorageProvider.SPEC_VERSION - 1, StorageProvider.SPEC_VERSION);
  }

  @Test
  void withoutAStoreNothingIsBuilt() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Restante.builder().build())
        .withMessageContaining("storage(instance)")
        .withMessageContaining("storage(name, settings)");
  }

  @Test
  void whatWasRefusedLeavesTheBuilderAsItWas() {
    RestanteBuilder builder = Restante.builder().storage(MemoryStorage.create());
    assertThatIllegalArgumentException().isThrownBy(() -> builder.storage("twin", Map.of()));
    builder
        .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
        .build()
        .close();
  }

  @Test
  void aStoreThatDoesNotOpenIsNamedWithTheReason() {
    Storage main = failing("the main one");
    Storage other = failing("the other one");
    assertThat(detail(Restante.builder().storage(main))).isEqualTo("the main one: it is not there");
    assertThat(detail(Restante.builder().storage(MemoryStorage.create()).cursors(other)))
        .isEqualTo("the other one: it is not there");
  }

  private static String detail(RestanteBuilder builder) {
    try (Restante node = builder.build()) {
      return node.opened().toCompletableFuture().join().detail();
    }
  }

  private static Storage failing(String name) {
    return new Storage() {
      @Override
      public String description() {
        return name;
      }

      @Override
      public Store open(StoreContext context) {
        throw new StoreException(StoreException.Effect.FAULT, "it is not there", null);
      }
    };
  }

  @Test
  void aNodeMayBeGivenAnyTimeToClose() {
    RestanteOptions options =
        RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build();
    for (Duration limit : List.of(RestanteOptions.FOREVER, Duration.ofSeconds(-1))) {
      Restante node = Restante.builder().storage(MemoryStorage.create()).options(options).build();
      node.opened().toCompletableFuture().join();
      assertThat(node.close(limit)).as("%s", limit).isTrue();
      assertThat(node.health().state()).isEqualTo(Health.State.CLOSED);
    }
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checking may hand in
  void whatIsMissingIsNamed() {
    RestanteBuilder builder = Restante.builder();
    assertThatNullPointerException().isThrownBy(() -> builder.storage(null)).withMessage("storage");
    assertThatNullPointerException().isThrownBy(() -> builder.bus(null)).withMessage("bus");
    assertThatNullPointerException()
        .isThrownBy(() -> builder.relayFrom(null))
        .withMessage("relayFrom");
  }
}
