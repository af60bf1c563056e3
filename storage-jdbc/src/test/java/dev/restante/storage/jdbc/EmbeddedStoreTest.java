package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest extends StoreRules {
  @TempDir Path folder;

  @Override
  Storage newStorage() {
    return EmbeddedStorage.at(folder.resolve("deep/down/store.db"));
  }

  @Test
  void declaresWhatItIs() {
    assertThat(store.info().name()).isEqualTo("sqlite");
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    assertThat(store.info().shared()).isFalse();
  }

  @Test
  void aSecondStoreOnTheFileIsRefusedUntilTheFirstIsClosed() {
    assertThatThrownBy(() -> newStorage().open(CONTEXT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("in use by this process");
    store.close();
    store = newStorage().open(CONTEXT);
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    String file = folder.resolve("deep/down/store.db").toString();
    assertThat(openElsewhere(file)).contains("UNAVAILABLE").contains("in use by another process");
    // Being refused here must not have given up the lock that this process holds.
    assertThatThrownBy(() -> newStorage().open(CONTEXT)).isInstanceOf(StoreException.class);
    assertThat(openElsewhere(file)).contains("in use by another process");
    store.close();
    assertThat(openElsewhere(file)).contains("opened");
    store = newStorage().open(CONTEXT);
  }

  private static String openElsewhere(String file) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OpenElsewhere.class.getName(),
                file)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
