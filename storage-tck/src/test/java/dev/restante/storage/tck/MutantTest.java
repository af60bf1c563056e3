package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** Every test of the suite can fail: a store that breaks its rule is caught by it. */
final class MutantTest {
  /** Some rules are about threads that meet; on a busy machine they often miss each other. */
  private static final int RACES = 50;

  private static final List<String> TABLE = new ArrayList<>();

  static Stream<Mutant> mutants() {
    return Mutant.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutants")
  void theTestOfTheRuleFails(Mutant mutant) {
    MutantContract.mutant = mutant;
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(MutantContract.class))
            .filters(TagFilter.includeTags(mutant.rule()))
            .build();
    List<Failure> failures = failures(request);
    for (int race = 1; failures.isEmpty() && race < RACES; race++) {
      failures = failures(request);
    }
    assertThat(failures).as("failures that %s causes", mutant).hasSize(1);
    Failure failure = failures.get(0);
    assertThat(failure.getException())
        .as("how the rule noticed")
        .isInstanceOf(AssertionError.class);
    TABLE.add(
        "%-4s| a store that %-62s | %s"
            .formatted(mutant.rule(), mutant.deed(), failure.getTestIdentifier().getDisplayName()));
  }

  private static List<Failure> failures(LauncherDiscoveryRequest request) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    assertThat(listener.getSummary().getTestsFoundCount()).as("tests of the rule").isEqualTo(1);
    return listener.getSummary().getFailures();
  }

  @AfterAll
  static void printTheTable() throws IOException {
    String table = String.join("\n", TABLE) + "\n";
    System.out.print(table);
    Files.writeString(Path.of("target", "mutants.txt"), table, UTF_8);
  }
}
