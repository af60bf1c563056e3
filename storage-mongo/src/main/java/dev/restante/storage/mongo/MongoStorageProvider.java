package dev.restante.storage.mongo;

import com.mongodb.ConnectionString;
import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import java.util.Map;

/**
 * Provides {@link MongoStorage} under the name {@code mongo}. Settings: {@code uri} (needed) and
 * {@code prefix}.
 */
public final class MongoStorageProvider implements StorageProvider {
  /** For {@link java.util.ServiceLoader}. */
  public MongoStorageProvider() {}

  @Override
  public String name() {
    return "mongo";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  @Override
  public Storage create(Map<String, String> settings) {
    ProviderSettings read = new ProviderSettings(name(), settings);
    String uri = uri(read);
    String prefix = prefix(read);
    read.check();
    return MongoStorage.at(uri).withPrefix(prefix);
  }

  /** What is wrong with an address is not repeated: it may hold a password. */
  private static String uri(ProviderSettings settings) {
    String uri = settings.required("uri");
    if (!uri.isEmpty() && !isAddress(uri)) {
      settings.problem("uri must be like mongodb://host:port/database or mongodb+srv://host");
    }
    return uri;
  }

  private static boolean isAddress(String uri) {
    try {
      return !new ConnectionString(uri).getHosts().isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String prefix(ProviderSettings settings) {
    String prefix = settings.optional("prefix");
    if (prefix == null) {
      return MongoStorage.DEFAULT_PREFIX;
    }
    if (!MongoStorage.isPrefix(prefix)) {
      settings.problem("prefix must be 1 to 64 of A-Z, a-z, 0-9 and _, is " + prefix);
    }
    return prefix;
  }
}
