package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** Page, tests and mutants of the bus speak of the same rules, and each test can fail. */
final class BusMutantTest {
  private static final Path PAGE = Path.of("..", "docs", "spi", "bus.md");
  private static final Pattern RULE = Pattern.compile("(?m)^\\| \\*\\*(N\\d+)\\*\\* \\|");

  /** Threads that meet may miss each other once. */
  private static final int RACES = 20;

  @ParameterizedTest(name = "{0}")
  @EnumSource
  void theTestOfTheRuleFails(BusMutant mutant) {
    BusMutantContract.mutant = mutant;
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(BusMutantContract.class))
            .filters(TagFilter.includeTags(mutant.rule()))
            .build();
    List<Failure> failures = failures(request);
    for (int race = 1; failures.isEmpty() && race < RACES; race++) {
      failures = failures(request);
    }
    assertThat(failures).as("failures that %s causes", mutant).hasSize(1);
  }

  private static List<Failure> failures(LauncherDiscoveryRequest request) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    assertThat(listener.getSummary().getTestsFoundCount()).as("tests of the rule").isEqualTo(1);
    return listener.getSummary().getFailures();
  }

  @Test
  void pageTestsAndMutantsSpeakOfTheSameRules() throws IOException {
    List<String> written =
        RULE.matcher(Files.readString(PAGE, UTF_8))
            .results()
            .map((MatchResult each) -> each.group(1))
            .toList();
    List<Method> tests =
        Arrays.stream(BusContract.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .toList();
    assertThat(tests.stream().map(RuleIds::of)).containsExactlyInAnyOrderElementsOf(written);
    assertThat(Stream.of(BusMutant.values()).map(BusMutant::rule))
        .containsExactlyElementsOf(written);
    assertThat(tests)
        .allSatisfy(test -> assertThat(test.getName()).startsWith(RuleIds.of(test) + "_"));
  }
}
