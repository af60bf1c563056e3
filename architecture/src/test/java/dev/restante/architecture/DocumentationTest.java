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

  private static boolean leadsSomewhere(Path page, String link) {
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target =
        file.isEmpty()
            ? Repository.ROOT.resolve(page)
            : Repository.ROOT.resolve(page).resolveSibling(file).normalize();
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
