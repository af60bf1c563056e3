package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of rules, the tests and the mutants speak of the same rules. */
final class RuleBookTest {
  private static final Path PAGE = Path.of("..", "docs", "spi", "storage.md");
  private static final Pattern RULE = Pattern.compile("(?m)^\\| \\*\\*([A-Z]\\d+)\\*\\* \\|");

  @Test
  void everyRuleOfThePageHasATestAndEveryTestARule() throws IOException {
    List<String> tested = RuleIds.tests().stream().map(RuleIds::of).toList();
    List<String> written =
        RULE.matcher(Files.readString(PAGE, UTF_8)).results().map(MatchResult::group).toList();
    List<String> ids = written.stream().map(line -> line.replaceAll("[|* ]", "")).toList();

    assertThat(ids).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(tested);
  }

  @Test
  void everyRuleHasAMutantAndEveryMutantARule() {
    List<String> tested = RuleIds.tests().stream().map(RuleIds::of).toList();

    assertThat(Mutant.all().map(Mutant::rule))
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(tested);
  }

  @Test
  void everyTestIsNamedAfterItsRule() {
    assertThat(RuleIds.tests()).isNotEmpty();
    for (Method test : RuleIds.tests()) {
      assertThat(test.getName()).startsWith(RuleIds.of(test) + "_");
    }
  }
}
