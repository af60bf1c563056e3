package dev.restante.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** That the harness still works; how fast anything is does not matter here. */
class LoadTest {
  private static final String NUMBER = "[0-9]+(\\.[0-9]+)?";

  @TempDir Path directory;

  @Test
  void aSubmitRunEndsWithItsLine() throws Exception {
    assertThat(run("memory", "submit")).matches(line("memory", "submit"));
  }

  @Test
  void aSubmitRunOnRocksdbEndsWithItsLine() throws Exception {
    assertThat(run("rocksdb", "submit")).matches(line("rocksdb", "submit"));
  }

  @Test
  void aSubmitRunOnRedisClusterEndsWithItsLineAndCountsTheServers() throws Exception {
    assertThat(run("redis-cluster", "submit"))
        .matches(line("redis-cluster", "submit"))
        .containsPattern("\"server_cpu_us_per_op\":(?!0\\.00)" + NUMBER)
        .containsPattern("\"raw_server_cpu_us_per_op\":(?!0\\.00)" + NUMBER);
  }

  @Test
  void aSubmitRunOnMongoEndsWithItsLine() throws Exception {
    assertThat(
            run(
                "mongo",
                "submit",
                "--conversations",
                "10",
                "--preload",
                "10",
                "--outstanding",
                "10",
                "--writers",
                "1"))
        .matches(line("mongo", "submit"));
  }

  @Test
  void aDrainRunEndsWithItsLine() throws Exception {
    assertThat(run("embedded", "drain")).matches(line("embedded", "drain"));
  }

  @Test
  @EnabledIf(
      value = "mariadbIsThere",
      disabledReason = "MariaDB was left out of the build (-Drestante.mariadb=off)")
  void aSubmitRunOnMariadbEndsWithItsLine() throws Exception {
    assertThat(run("mariadb", "submit")).matches(line("mariadb", "submit"));
  }

  static boolean mariadbIsThere() {
    return MariadbDatabase.isThere();
  }

  @Test
  void aClusterRunEndsWithItsLineWhenNothingIsLost() throws Exception {
    assertThat(run("postgresql", "cluster"))
        .matches(
            "\\{\"store\":\"postgresql\",\"scenario\":\"cluster\",\"throughput_per_s\":N,\"one_node_per_s\":N,\"ratio\":N,.*}"
                .replace("N", NUMBER));
  }

  @Test
  void aRunOfGroupsEndsWithItsLineAndFindsMessagesRemembered() throws Exception {
    assertThat(run("postgresql", "groups", "--members", "5"))
        .matches(
            "\\{\"store\":\"postgresql\",\"scenario\":\"groups\",\"throughput_per_s\":N,\"without_per_s\":N,\"ratio\":N,.*}"
                .replace("N", NUMBER))
        .containsPattern("\"hits\":[1-9]");
  }

  @Test
  void withoutMembersThereAreNoGroups() {
    assertThat(groups("0")).isZero();
    assertThat(groups("7")).isEqualTo(7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> groups("-1"))
        .withMessageContaining("--members");
  }

  private static int groups(String members) {
    return LoadOptions.parse(
            "--store", "postgresql", "--scenario", "groups", "--seconds", "1", "--members", members)
        .members;
  }

  @Test
  void whatIsUnknownIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LoadOptions.parse("--store", "memory", "--scenario", "swim"))
        .withMessageContaining("swim");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LoadOptions.parse("--scenario", "submit"))
        .withMessageContaining("--store");
  }

  private String run(String store, String scenario, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--store",
                store,
                "--scenario",
                scenario,
                "--seconds",
                "0.3",
                "--rounds",
                "1",
                "--warm-up",
                "0.2",
                "--conversations",
                "100",
                "--preload",
                "1000",
                "--outstanding",
                "200",
                "--sessions",
                "5",
                "--backlog",
                "150",
                "--dir",
                directory.toString()));
    arguments.addAll(List.of(more));
    return Load.run(LoadOptions.parse(arguments.toArray(String[]::new)));
  }

  private static String line(String store, String scenario) {
    return "\\{\"store\":\"%s\",\"scenario\":\"%s\",\"throughput_per_s\":N,\"raw_per_s\":N,\"ratio\":N,\"raw_log_per_s\":N,\"ratio_log\":N,\"p50_us\":N,\"p99_us\":N,\"alloc_bytes_per_op\":N,.*}"
        .formatted(store, scenario)
        .replace("N", NUMBER);
  }
}
