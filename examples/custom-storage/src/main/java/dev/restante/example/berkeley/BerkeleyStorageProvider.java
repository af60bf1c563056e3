package dev.restante.example.berkeley;

import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.nio.file.Path;
import java.util.Map;

// provider begins
/** Provides {@link BerkeleyStorage} under the name {@code berkeley}. Setting: {@code path}. */
public final class BerkeleyStorageProvider implements StorageProvider {
  @Override
  public String name() {
    return "berkeley";
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
    return BerkeleyStorage.at(folder);
  }
}
// provider ends
