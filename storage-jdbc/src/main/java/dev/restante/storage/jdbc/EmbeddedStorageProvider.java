package dev.restante.storage.jdbc;

import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.nio.file.Path;
import java.util.Map;

/** Provides {@link EmbeddedStorage} under the name {@code embedded}. Setting: {@code path}. */
public final class EmbeddedStorageProvider implements StorageProvider {
  /** For {@link java.util.ServiceLoader}. */
  public EmbeddedStorageProvider() {}

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  @Override
  public Storage create(Map<String, String> settings) {
    ProviderSettings read = new ProviderSettings(name(), settings);
    Path file = read.path("path");
    read.check();
    return EmbeddedStorage.at(file);
  }
}
