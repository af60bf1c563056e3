package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.util.Map;
import java.util.ServiceLoader;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

class ProvidersTest {
  @TempDir Path folder;

  private static StorageProvider provider(String name) {
    return ServiceLoader.load(StorageProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findAny()
        .orElseThrow();
  }

  @Test
  void everyProblemIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                provider("jdbc")
                    .create(
                        Map.of(
                            "schema", "create",
                            "poolSize", "0",
                            "cachedMessageBytes", "-1",
                            "tablePrefix", "No",
                            "password", "hunter2",
                            "pool", "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "url", "schema", "poolSize", "cachedMessageBytes", "tablePrefix", "pool is unknown")
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> provider("embedded").create(Map.of("file", "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("path is missing", "file is unknown");
  }

  @Test
  void descriptionsHoldNoSecret() {
    Storage storage =
        provider("jdbc")
            .create(
                Map.of(
                    "url", "jdbc:postgresql://me:hunter2@db.example/mail?password=hunter2",
                    "password", "hunter2"));
    assertThat(storage.description())
        .contains("jdbc:postgresql://db.example/mail")
        .doesNotContain("hunter2");
    assertThat(storage.toString()).doesNotContain("hunter2");
  }

  @Test
  void settingsOpenStores() {
    Storage embedded =
        provider("embedded").create(Map.of("path", folder.resolve("a/b.db").toString()));
    try (Store store = embedded.open(StoreRules.CONTEXT)) {
      assertThat(store.info().name()).isEqualTo("sqlite");
    }
    String url = PostgresServer.newDatabase().getUrl();
    Storage jdbc =
        provider("jdbc")
            .create(Map.of("url", url, "user", "postgres", "poolSize", "2", "tablePrefix", "p_"));
    try (Store store = jdbc.open(StoreRules.CONTEXT)) {
      assertThat(store.info().name()).isEqualTo("postgresql");
    }
  }

  @Test
  void anUnknownDatabaseIsAnErrorThatListsTheKnownOnes() {
    assertThatThrownBy(() -> JdbcStorage.on(pretending("Oracle")).open(StoreRules.CONTEXT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.FAULT))
        .hasMessageContainingAll("Oracle", "PostgreSQL", "SQLite");
  }

  @Test
  void aStoreThatDoesNotOpenSaysWhatTheDatabaseSays() {
    PGSimpleDataSource unknown = PostgresServer.newDatabase();
    unknown.setDatabaseName("nowhere");
    assertThatThrownBy(() -> JdbcStorage.on(unknown).open(StoreRules.CONTEXT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.UNAVAILABLE))
        .hasMessageContainingAll("PGSimpleDataSource", "SQLState 3D000", "\"nowhere\"");
  }

  @Test
  void anAddressThatNoDriverTakesIsNotTriedForEver() {
    Storage storage =
        provider("jdbc")
            .create(Map.of("url", "jdbc:nothing://me:hunter2@db.example/mail?password=hunter2"));
    assertThatThrownBy(() -> storage.open(StoreRules.CONTEXT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.effect()).isEqualTo(StoreException.Effect.FAULT))
        .hasMessageContainingAll("jdbc:nothing://db.example/mail", "driver")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aFileThatIsNoDatabaseIsNamedAsSuch() throws IOException {
    Path file = Files.writeString(folder.resolve("text.db"), "no database. ".repeat(100));
    assertThatThrownBy(() -> EmbeddedStorage.at(file).open(StoreRules.CONTEXT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("SQLITE_NOTADB");
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without null checking may hand in
  void nothingIsNotAPlace() {
    assertThatNullPointerException().isThrownBy(() -> EmbeddedStorage.at(null)).withMessage("file");
    assertThatNullPointerException()
        .isThrownBy(() -> JdbcStorage.on(pretending("x")).withTablePrefix(null))
        .withMessage("prefix");
  }

  private static DataSource pretending(String product) {
    DatabaseMetaData data = fake(DatabaseMetaData.class, "getDatabaseProductName", product);
    Connection connection = fake(Connection.class, "getMetaData", data);
    return fake(DataSource.class, "getConnection", connection);
  }

  private static <T> T fake(Class<T> type, String method, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> called.getName().equals(method) ? answer : null));
  }
}
