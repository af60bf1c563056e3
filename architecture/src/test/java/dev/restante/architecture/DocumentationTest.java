package dev.restante.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.RestanteOptions;
import dev.restante.api.Refusal;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.simulator.Fault;
import dev.restante.simulator.Invariant;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.StoreException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The pages say what the code does, and nothing points to nowhere. */
final class DocumentationTest {
  /** Whom the files of this repository may name. A new one is added here on purpose. */
  private static final Set<String> KNOWN_HOSTS =
      Set.of(
          "localhost",
          "127.0.0.1",
          "www.apache.org",
          "maven.apache.org",
          "www.w3.org",
          "protobuf.dev",
          "keepachangelog.com",
          "semver.org",
          "www.rfc-editor.org",
          "www.sqlite.org",
          "sqlite.org",
          "www.postgresql.org",
          "errorprone.info",
          "github.com");

  private static final String ANY = "`([^`]+)`";

  private static final String ERRORS = Repository.readText("docs/errors.md");

  @Test
  void everyRefusalIsExplainedWithItsRetryAdvice() {
    for (Refusal.Code code : Refusal.Code.values()) {
      assertThat(Texts.rows(ERRORS, code.name()))
          .as(code.name())
          .anyMatch(row -> row.contains("| `" + code.retry() + "` |"));
    }
    explained(Refusal.Retry.values());
  }

  @Test
  void everyOtherEndIsExplained() {
    explained(DeviceSession.End.values());
    explained(Delivery.Snapshot.Reason.values());
    explained(StoreException.Effect.values());
    explained(Health.State.values());
    explained(Health.Bus.values());
    for (CommitOutcome.Cause cause : CommitOutcome.Cause.values()) {
      assertThat(ERRORS).contains("`" + cause + "`");
    }
  }

  /** By count as well, since the same constant may stand in several tables. */
  private static void explained(Enum<?>[] constants) {
    String type = constants[0].getDeclaringClass().getSimpleName();
    assertThat(ERRORS).containsPattern("\\| `([A-Za-z]+\\.)?" + type + "` \\|");
    String table = ERRORS.split("`([A-Za-z]+\\.)?" + type + "` \\|", 2)[1].split("\n\n", 2)[0];
    for (Enum<?> constant : constants) {
      assertThat(Texts.rows(table, constant.name())).as("%s.%s", type, constant).hasSize(1);
    }
  }

  @Test
  void everyExceptionIsExplained() {
    List<JavaClass> exceptions =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.restante")
                .stream()
                .filter(type -> type.isAssignableTo(Throwable.class))
                .filter(type -> type.getModifiers().toString().contains("PUBLIC"))
                .filter(type -> !type.getPackageName().contains(".internal"))
                .filter(type -> !type.getPackageName().startsWith("dev.restante.example"))
                .filter(type -> !type.getPackageName().startsWith("dev.restante.benchmarks"))
                .toList();
    assertThat(exceptions).isNotEmpty();
    for (JavaClass exception : exceptions) {
      assertThat(Texts.rows(ERRORS, exception.getSimpleName())).as(exception.getName()).hasSize(1);
    }
  }

  @Test
  void everyOptionAndCounterIsInTheGuide() {
    String guide = Repository.readText("docs/guide.md");
    Set<String> names = new TreeSet<>();
    for (RecordComponent counter : Counters.class.getRecordComponents()) {
      names.add(counter.getName());
    }
    for (Method option : RestanteOptions.Builder.class.getMethods()) {
      if (option.getReturnType() == RestanteOptions.Builder.class) {
        names.add(option.getName());
      }
    }
    assertThat(names).hasSizeGreaterThan(20).allSatisfy(n -> assertThat(guide).contains("`" + n));
  }

  @Test
  void everyPromiseIsShownByRulesThatExist() {
    String guarantees = Repository.readText("docs/guarantees.md");
    String rules = Repository.readText("docs/spi/storage.md");
    String[] parts = guarantees.split("## What shows it", 2);
    Set<String> shown = new TreeSet<>(Texts.all("(?m)^\\| (G-\\d+) \\|", parts[1]));
    assertThat(new TreeSet<>(Texts.all("\\*\\*(G-\\d+) ", parts[0]))).isEqualTo(shown);
    List<String> cited = Texts.all("`([A-Z]\\d+)`", parts[1]);
    assertThat(cited)
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(rules).contains("**" + rule + "**"));
  }

  /**
   * The last two columns of the table name invariants, faults, rules and tests, each in its own.
   */
  @Test
  void everyPromiseNamesInvariantsFaultsAndTestsThatExist() {
    String table = Repository.readText("docs/guarantees.md").split("## What shows it", 2)[1];
    Set<String> tests = new TreeSet<>();
    for (Path file : Repository.files("Test.java")) {
      tests.add(String.valueOf(file.getFileName()).replace(".java", ""));
    }
    Set<String> named = new TreeSet<>();
    for (String row : table.lines().filter(line -> line.startsWith("| G-")).toList()) {
      String[] cells = row.split("\\|", -1);
      assertThat(cells).as(row).hasSize(6);
      named.addAll(existing("invariants of " + cells[1], cells[3], ANY, names(Invariant.values())));
      Set<String> others = new TreeSet<>(tests);
      others.addAll(names(Fault.values()));
      named.addAll(existing("faults and tests of " + cells[1], cells[4], ANY, others));
    }
    assertThat(named).hasSizeGreaterThan(30);
  }

  private static Set<String> names(Enum<?>[] constants) {
    Set<String> names = new TreeSet<>();
    for (Enum<?> constant : constants) {
      names.add(constant.name());
    }
    return names;
  }

  /** Wherever a page names a test in code, that test exists. */
  @Test
  void everyTestThatAPageNamesExists() {
    Set<String> classes = new TreeSet<>();
    for (Path file : Repository.files(".java")) {
      classes.add(String.valueOf(file.getFileName()).replace(".java", ""));
    }
    List<String> named = new ArrayList<>();
    for (Path page : Repository.files(".md")) {
      String text = Repository.readText(page.toString());
      named.addAll(existing(page.toString(), text, "`([A-Z][A-Za-z0-9]+Test)`", classes));
    }
    assertThat(named).hasSizeGreaterThan(5);
  }

  /** What a pattern finds, all of which must exist. */
  private static List<String> existing(
      String what, String text, String pattern, Set<String> existing) {
    List<String> named = Texts.all(pattern, text);
    assertThat(named).as(what).isSubsetOf(existing);
    return named;
  }

  @Test
  void everyPageIsLinkedFromAnother() {
    Set<Path> linked = new TreeSet<>();
    for (Path page : Repository.files(".md")) {
      for (String link : Texts.relativeLinks(Repository.readText(page.toString()))) {
        Path target = target(page, link);
        if (!target.equals(Repository.ROOT.resolve(page))) {
          linked.add(target);
        }
      }
    }
    List<Path> pages =
        Repository.files(".md").stream().filter(file -> file.startsWith("docs")).toList();
    assertThat(pages).hasSizeGreaterThan(10);
    assertThat(pages.stream().filter(page -> !linked.contains(Repository.ROOT.resolve(page))))
        .as("pages that no page links to")
        .isEmpty();
  }

  @Test
  void everyRelativeLinkLeadsSomewhere() {
    List<String> broken = new ArrayList<>();
    for (Path page : Repository.files(".md")) {
      for (String link : Texts.relativeLinks(Repository.readText(page.toString()))) {
        if (!leadsSomewhere(page, link)) {
          broken.add(page + " -> " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  /** The file that a link on a page leads to. */
  private static Path target(Path page, String link) {
    String file = link.replaceFirst("#.*", "");
    Path from = Repository.ROOT.resolve(page);
    return file.isEmpty() ? from : from.resolveSibling(file).normalize();
  }

  private static boolean leadsSomewhere(Path page, String link) {
    int hash = link.indexOf('#');
    Path target = target(page, link);
    if (!Files.exists(target)) {
      return false;
    }
    return hash < 0
        || Texts.anchors(Repository.readText(Repository.ROOT.relativize(target).toString()))
            .contains(link.substring(hash + 1));
  }

  @Test
  void nothingNamesTheMachineItWasWrittenOn() {
    String folder = "/" + "work" + "/";
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files()) {
      String text = Repository.read(file);
      if (text.contains(folder)) {
        found.add(file + ": a folder of this machine");
      }
      Texts.hostsNot(DocumentationTest::isKnown, text)
          .forEach(host -> found.add(file + ": unknown host " + host));
    }
    assertThat(found).isEmpty();
  }

  /** A host of the list, or a name that is reserved for examples (RFC 2606). */
  private static boolean isKnown(String host) {
    return KNOWN_HOSTS.contains(host) || host.endsWith(".example");
  }

  // ---- and the questions can be answered with no
  // ----------------------------------------------------

  @Test
  void findsLinksAnchorsAndHosts() {
    String page = "# One: two\n[a](b.md#c) `[no](code)` [x](https:" + "//h.unknown/) [d](#one-two)";
    assertThat(Texts.relativeLinks(page)).containsExactly("b.md#c", "#one-two");
    assertThat(Texts.anchors(page)).containsExactly("one-two");
    assertThat(Texts.hostsNot(DocumentationTest::isKnown, page)).containsExactly("h.unknown");
    assertThat(leadsSomewhere(Path.of("README.md"), "docs/no-such-page.md")).isFalse();
    assertThat(leadsSomewhere(Path.of("README.md"), "docs/errors.md#no-such-heading")).isFalse();
    assertThat(Texts.rows("| `A` | b |\n| `B` | a |", "A")).containsExactly("| `A` | b |");
  }
}
