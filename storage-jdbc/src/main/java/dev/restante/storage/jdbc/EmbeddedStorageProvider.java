package dev.restante.storage.jdbc;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.nio.file.InvalidPathException;
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
    Settings read = new Settings(name(), settings);
    Path file = path(read);
    read.check();
    return EmbeddedStorage.at(file);
  }

  private static Path path(Settings settings) {
    String path = settings.required("path");
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      settings.problem("path is not one: " + path);
      return Path.of("");
    }
  }
}
