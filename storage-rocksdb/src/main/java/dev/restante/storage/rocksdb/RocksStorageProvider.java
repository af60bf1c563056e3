package dev.restante.storage.rocksdb;

import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.nio.file.Path;
import java.util.Map;

/** Provides {@link RocksStorage} under the name {@code rocksdb}. Setting: {@code path}. */
public final class RocksStorageProvider implements StorageProvider {
  /** For {@link java.util.ServiceLoader}. */
  public RocksStorageProvider() {}

  @Override
  public String name() {
    return "rocksdb";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  @Override
  public Storage create(Map<String, String> settings) {
    ProviderSettings read = new ProviderSettings(name(), settings);
    Path folder = read.path("path");
    read.check();
    return RocksStorage.at(folder);
  }
}
