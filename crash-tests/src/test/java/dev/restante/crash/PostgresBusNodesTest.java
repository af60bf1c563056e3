package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.restante.Health;
import dev.restante.bus.NodeBus;
import dev.restante.storage.Storage;
import dev.restante.storage.jdbc.JdbcStorage;
import dev.restante.storage.jdbc.PostgresBus;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/** Two nodes on one PostgreSQL that tell each other over it what they did. */
@Tag("O6")
@Timeout(300)
final class PostgresBusNodesTest {
  @TempDir private Path folder;

  private final List<HikariDataSource> pools = new ArrayList<>();
  private Postgres database;
  private TwoNodesOnABus nodes;

  @BeforeEach
  void start() {
    database = Postgres.start(folder.resolve("postgres"), Duration.ZERO);
    nodes = new TwoNodesOnABus(store("one"), bus("one"), store("other"), bus("other"));
  }

  @AfterEach
  void stop() {
    nodes.close();
    pools.forEach(HikariDataSource::close);
    database.close();
  }

  private Storage store(String node) {
    HikariConfig config = new HikariConfig();
    config.setDataSource(connections(node + " store"));
    config.setConnectionTimeout(5_000);
    HikariDataSource pool = new HikariDataSource(config);
    pools.add(pool);
    return JdbcStorage.on(pool);
  }

  private NodeBus bus(String node) {
    return PostgresBus.on(connections(node + " bus"));
  }

  private PGSimpleDataSource connections(String name) {
    PGSimpleDataSource connections = new PGSimpleDataSource();
    connections.setUrl(database.url());
    connections.setUser("postgres");
    connections.setApplicationName(name);
    connections.setLoginTimeout(5);
    return connections;
  }

  @Test
  void aMessageReachesADeviceOnAnotherNodeWithoutAPoll() throws Exception {
    nodes.hearWithoutAPoll("PostgreSQL bus");
  }

  @Test
  void afterTheServerWasKilledTheyHearEachOtherAgain() throws Exception {
    nodes.hearBeforeAndAfter(database::kill, database::startAgain);
  }

  /** As when the way to the server is cut, and neither side says so. */
  @Test
  void aConnectionThatIsSilentIsGivenUpForAnother() throws Exception {
    // The one that listens is made first; the other goes on sending, so that no error tells.
    List<String> both = pids("other bus");
    assertThat(both).hasSize(2);
    List<String> halted = both.subList(0, 1);
    try {
      signal("-STOP", halted);
      await()
          .atMost(TwoNodesOnABus.PATIENCE)
          .until(() -> nodes.other().health().bus() == Health.Bus.DOWN);
      nodes.awaitBus(Health.Bus.UP);
      nodes.hearInTurn("over the new one", 10);
      assertThat(nodes.one().counters().busLosses()).isZero();
    } finally {
      signal("-CONT", halted);
    }
  }

  private List<String> pids(String application) throws SQLException {
    try (Connection connection = connections("test").getConnection();
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT pid FROM pg_stat_activity WHERE application_name = '"
                    + application
                    + "' ORDER BY backend_start")) {
      List<String> pids = new ArrayList<>();
      while (found.next()) {
        pids.add(found.getString(1));
      }
      return pids;
    }
  }

  private static void signal(String name, List<String> pids)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", name));
    command.addAll(pids);
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }
}
