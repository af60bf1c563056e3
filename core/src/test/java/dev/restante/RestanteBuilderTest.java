package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.memory.MemoryStorage;
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
}
