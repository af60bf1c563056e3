package dev.restante.storage.rocksdb;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
    Map<String, String> left = new TreeMap<>(settings);
    List<String> problems = new ArrayList<>();
    Path folder = folder(left.remove("path"), problems);
    left.keySet().forEach(name -> problems.add(name + " is unknown"));
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Settings of storage " + name() + ": " + String.join("; ", problems));
    }
    return RocksStorage.at(folder);
  }

  private static Path folder(@Nullable String path, List<String> problems) {
    if (path == null || path.isBlank()) {
      problems.add("path is missing");
      return Path.of("");
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      problems.add("path is not one: " + path);
      return Path.of("");
    }
  }
}
