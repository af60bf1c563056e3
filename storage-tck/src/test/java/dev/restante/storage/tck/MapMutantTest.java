package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** Each sentence of the contract of ordered maps matters: the suite finds it broken. */
final class MapMutantTest {
  /** Some rules are about threads that meet; on a busy machine they may miss each other once. */
  private static final int RACES = 20;

  static Stream<MapMutants.Mutant> mutants() {
    return MapMutants.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutants")
  void theSuiteFails(MapMutants.Mutant mutant) {
    MapMutantContract.mutant = mutant;
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(MapMutantContract.class))
            .filters(TagFilter.includeTags(mutant.rule()))
            .build();
    List<Failure> failures = failures(request);
    for (int race = 1; failures.isEmpty() && race < RACES; race++) {
      failures = failures(request);
    }
    assertThat(failures).as("failures that %s causes", mutant).hasSize(1);
    assertThat(failures.get(0).getException())
        .as("how the rule noticed")
        .isInstanceOf(AssertionError.class)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("The base broke its part"));
  }

  private static List<Failure> failures(LauncherDiscoveryRequest request) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    assertThat(listener.getSummary().getTestsFoundCount()).as("tests of the rule").isEqualTo(1);
    return listener.getSummary().getFailures();
  }
}
