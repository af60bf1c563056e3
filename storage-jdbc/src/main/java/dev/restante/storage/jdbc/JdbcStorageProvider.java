package dev.restante.storage.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.storage.ProviderSettings;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Provides {@link JdbcStorage} under the name {@code jdbc}, with a connection pool of its own, for
 * which HikariCP must be there. Settings: {@code url} (needed), {@code user}, {@code password},
 * {@code tablePrefix}, {@code schema} ({@code migrate}, {@code validate} or {@code none}), {@code
 * poolSize} (1 to 1,000, default 10), {@code streamCacheSize} (1,000 or more, default 500,000),
 * {@code cachedMessageBytes} (0 or more, default 32 MiB). Who finds no connection waits for half
 * the time that a call may take, and is told then that the store is unavailable.
 */
public final class JdbcStorageProvider implements StorageProvider {
  private static final int DEFAULT_POOL_SIZE = 10;
  private static final Pattern CREDENTIALS = Pattern.compile("//[^/@]*@");

  /** For {@link java.util.ServiceLoader}. */
  public JdbcStorageProvider() {}

  @Override
  public String name() {
    return "jdbc";
  }

  @Override
  public int specVersion() {
    return SPEC_VERSION;
  }

  @Override
  public Storage create(Map<String, String> settings) {
    ProviderSettings read = new ProviderSettings(name(), settings);
    String url = url(read);
    String user = read.optional("user");
    String password = read.optional("password");
    String prefix = prefix(read);
    SchemaMode mode = mode(read);
    int poolSize = read.number("poolSize", DEFAULT_POOL_SIZE, 1, 1000);
    int cache =
        read.number("streamCacheSize", Opening.DEFAULT_STREAM_CACHE, 1000, Integer.MAX_VALUE);
    int messages =
        read.number(
            "cachedMessageBytes", Opening.DEFAULT_CACHED_MESSAGE_BYTES, 0, Integer.MAX_VALUE);
    read.check();
    return JdbcStorage.from(new Pool(url, user, password, poolSize))
        .withTablePrefix(prefix)
        .withSchema(mode)
        .withStreamCacheSize(cache)
        .withCachedMessageBytes(messages);
  }

  private static String url(ProviderSettings settings) {
    String url = settings.required("url");
    if (!url.isEmpty() && !url.startsWith("jdbc:")) {
      settings.problem("url must begin with jdbc:");
    }
    return url;
  }

  private static String prefix(ProviderSettings settings) {
    String prefix = settings.optional("tablePrefix");
    if (prefix == null) {
      return Opening.DEFAULT_PREFIX;
    }
    if (!Opening.isPrefix(prefix)) {
      settings.problem("tablePrefix must be 1 to 32 of a-z, 0-9 and _, is " + prefix);
      return Opening.DEFAULT_PREFIX;
    }
    return prefix;
  }

  private static SchemaMode mode(ProviderSettings settings) {
    String mode = settings.optional("schema");
    if (mode == null) {
      return SchemaMode.MIGRATE;
    }
    for (SchemaMode known : SchemaMode.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(mode)) {
        return known;
      }
    }
    settings.problem("schema must be migrate, validate or none, is " + mode);
    return SchemaMode.NONE;
  }

  /** A pool that is made when the store is opened and closed with it. Its text has no secret. */
  private static final class Pool implements JdbcStorage.Source {
    private final String url;
    private final @Nullable String user;
    private final @Nullable String password;
    private final int size;

    Pool(String url, @Nullable String user, @Nullable String password, int size) {
      this.url = url;
      this.user = user;
      this.password = password;
      this.size = size;
    }

    @Override
    public String description() {
      // Parameters of the address may hold credentials, and so may what stands before the host.
      String address = url.split("[?;]", 2)[0];
      return CREDENTIALS.matcher(address).replaceAll("//");
    }

    @Override
    public DataSource open(Duration callTimeout) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(url);
      config.setUsername(user);
      config.setPassword(password);
      config.setMaximumPoolSize(size);
      config.setPoolName("restante");
      long patienceMillis = PoolPatience.millis(callTimeout);
      config.setConnectionTimeout(patienceMillis);
      config.setValidationTimeout(patienceMillis);
      // The first call tells whether the database is there, and the core decides what follows.
      config.setInitializationFailTimeout(-1);
      try {
        return new HikariDataSource(config);
      } catch (RuntimeException e) {
        // It asks no server here: no driver takes the address.
        throw new StoreException(
            Effect.FAULT, "No pool for " + description() + ": is the driver there?", e);
      }
    }

    @Override
    public void close(DataSource dataSource) {
      ((HikariDataSource) dataSource).close();
    }
  }
}
