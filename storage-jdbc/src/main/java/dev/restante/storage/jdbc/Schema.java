package dev.restante.storage.jdbc;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The tables: versioned, never changed once released, brought up to date in one transaction that
 * keeps other nodes waiting.
 */
final class Schema {
  /** The newest version; the files are {@code 0001.sql} and so on, in a folder a database. */
  static final int VERSION = 2;

  private static final String VERSION_TABLE =
      "CREATE TABLE IF NOT EXISTS ${prefix}schema_version (version integer NOT NULL PRIMARY KEY)";

  private static final List<String> EXPECTED =
      List.of(
          "schema_version.version",
          "stream.id",
          "stream.kind",
          "stream.tenant",
          "stream.name",
          "floor.stream_id",
          "floor.floor",
          "floor.ordinal",
          "floor.time_millis",
          "floor.removed",
          "log.stream_id",
          "log.seq",
          "log.ordinal",
          "log.time_millis",
          "log.format",
          "log.payload",
          "inbox.stream_id",
          "inbox.position",
          "inbox.log_id",
          "inbox.seq",
          "inbox.type",
          "inbox.format",
          "inbox.ckey",
          "inbox.payload",
          "inbox_ckey",
          "dedup.client_id",
          "dedup.sender_id",
          "dedup.log_id",
          "dedup.hash",
          "dedup.seq",
          "dedup.time_millis",
          "dedup.expires_at",
          "record.stream_id",
          "record.space",
          "record.id",
          "record.version",
          "record.payload",
          "enqueue.id",
          "enqueue.tenant",
          "enqueue.lane",
          "enqueue.hash",
          "enqueue.payload",
          "dead_letter.id",
          "dead_letter.tenant",
          "dead_letter.lane",
          "dead_letter.hash",
          "dead_letter.payload",
          "dead_letter.code",
          "dead_letter.detail",
          "dead_letter.time_millis",
          "relay.slot",
          "relay.owner",
          "relay.until_millis",
          "relay.turns");

  private final String tablePrefix;

  Schema(String tablePrefix) {
    this.tablePrefix = tablePrefix;
  }

  /** Every statement that takes a database from a version (0 if empty) to the newest. */
  List<String> statements(JdbcDatabase database, int from) {
    List<String> statements = new ArrayList<>();
    if (from == 0) {
      statements.add(Texts.prefixed(VERSION_TABLE, tablePrefix));
    }
    for (int version = from + 1; version <= VERSION; version++) {
      statements.addAll(split(Texts.prefixed(file(database, version), tablePrefix)));
      statements.add(
          "INSERT INTO " + tablePrefix + "schema_version (version) VALUES (" + version + ")");
    }
    return statements;
  }

  /** Statements as a script. */
  static String script(List<String> statements) {
    StringBuilder script = new StringBuilder();
    statements.forEach(statement -> script.append(statement).append(";\n\n"));
    return script.toString();
  }

  private static String file(JdbcDatabase database, int version) {
    String name = "%s/%04d.sql".formatted(database.id(), version);
    try (InputStream in = Schema.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The library lacks its file " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A statement ends with a semicolon at the end of its line. */
  private static List<String> split(String script) {
    return Stream.of(script.split(";\\s*(\\n|$)"))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  /** Does what the mode says. */
  void apply(SchemaMode mode, Dialect dialect, Calls calls) {
    switch (mode) {
      case MIGRATE -> migrate(dialect, calls);
      case VALIDATE -> validate(dialect, calls);
      case NONE -> {}
    }
  }

  /** The version that is there; 0 if none is. */
  int version(Dialect dialect, Calls calls) {
    return calls.read(session -> version(session, dialect));
  }

  private int version(Session session, Dialect dialect) throws SQLException {
    if (!names(session, dialect).contains(tablePrefix + "schema_version.version")) {
      return 0;
    }
    int version =
        session
            .handle()
            .createQuery("SELECT COALESCE(MAX(version), 0) FROM " + tablePrefix + "schema_version")
            .mapTo(Integer.class)
            .one();
    if (version > VERSION) {
      throw new StoreException(
          Effect.FAULT,
          "The tables %s* have version %d, and this library knows versions up to %d only"
              .formatted(tablePrefix, version, VERSION),
          null);
    }
    return version;
  }

  private static Set<String> names(Session session, Dialect dialect) {
    return session.handle().createQuery(dialect.schemaQuery()).mapTo(String.class).set();
  }

  private void migrate(Dialect dialect, Calls calls) {
    if (version(dialect, calls) == VERSION) {
      return;
    }
    calls.write(
        session -> {
          dialect.lockSchema(session);
          // Asked again: another node may have done it while this one waited.
          for (String statement : statements(dialect.database(), version(session, dialect))) {
            session.handle().execute(statement);
          }
          return true;
        });
  }

  private void validate(Dialect dialect, Calls calls) {
    int version = version(dialect, calls);
    Set<String> names = calls.read(session -> names(session, dialect));
    List<String> missing =
        Stream.concat(EXPECTED.stream(), dialect.keys().stream())
            .map(name -> tablePrefix + name)
            .filter(name -> !names.contains(name))
            .toList();
    if (!missing.isEmpty() || version != VERSION) {
      throw new StoreException(
          Effect.FAULT,
          "The tables %s* have version %d, needed is %d; missing: %s"
              .formatted(
                  tablePrefix,
                  version,
                  VERSION,
                  missing.isEmpty() ? "nothing" : String.join(", ", missing)),
          null);
    }
  }
}
