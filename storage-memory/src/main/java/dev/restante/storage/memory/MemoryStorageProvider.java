package dev.restante.storage.memory;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.util.Map;
import java.util.TreeSet;

/** Provides {@link MemoryStorage} under the name {@code memory}. It knows no settings. */
public final class MemoryStorageProvider implements StorageProvider {
  /** For {@link java.util.ServiceLoader}. */
  public MemoryStorageProvider() {}

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  /** Each call makes a store of its own, empty. */
  @Override
  public Storage create(Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "The memory store has no settings, but was given " + new TreeSet<>(settings.keySet()));
    }
    return MemoryStorage.create();
  }
}
