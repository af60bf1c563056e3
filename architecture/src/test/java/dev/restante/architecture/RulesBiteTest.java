package dev.restante.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each rule finds the class that was written to break it, in a house where all is wrong. */
final class RulesBiteTest {
  private static final Rules RULES = new Rules(new House("bad"));
  private static final JavaClasses CLASSES = new ClassFileImporter().importPackages("bad");

  @Test
  void apiThatShowsALibrary() {
    bites(RULES.apiStandsOnTheJdkAlone(), "bad.api.Vocabulary");
  }

  @Test
  void spiThatKnowsMoreThanTheJdk() {
    bites(RULES.storageSpiStandsOnTheJdkAlone(), "bad.storage.Store");
  }

  @Test
  void coreThatSeesAStoreAndALibrary() {
    bites(RULES.coreSeesApiAndSpiGuavaAndSlf4j(), "JavaClasses");
    bites(RULES.coreSeesApiAndSpiGuavaAndSlf4j(), "bad.storage.jdbc.Adapter");
  }

  @Test
  void storeAndSuiteThatKnowTheEngine() {
    bites(RULES.storesAndTheirSuiteNeverSeeTheEngine(), "bad.storage.jdbc.Adapter");
    bites(RULES.storesAndTheirSuiteNeverSeeTheEngine(), "bad.storage.tck.Suite");
  }

  @Test
  void storeThatKnowsItsSuite() {
    bites(RULES.storesNeverSeeTheirSuite(), "bad.storage.tck.Suite");
  }

  @Test
  void simulatorThatKnowsTheSuite() {
    bites(RULES.simulatorSeesCoreApiAndSpi(), "bad.storage.tck.Suite");
  }

  @Test
  void programsThatKnowToolsAndEachOther() {
    bites(RULES.examplesSeeNeitherToolsNorBenchmarks(), "bad.simulator.Story");
    bites(RULES.examplesSeeNeitherToolsNorBenchmarks(), "bad.benchmarks.Load");
    bites(RULES.benchmarksSeeNeitherToolsNorExamples(), "bad.example.Program");
  }

  @Test
  void storeThatKnowsAProgram() {
    bites(RULES.librarySeesNoToolAndNoProgram(), "bad.example.Program");
  }

  @Test
  void innerRoomSeenFromOutside() {
    bites(RULES.onlyTheCoreSeesItsInnerRooms(), "bad.example.Program");
    assertThat(violations(RULES.onlyTheCoreSeesItsInnerRooms()))
        .noneMatch(violation -> violation.contains("<bad.Restante."));
  }

  @Test
  void packagesInACycle() {
    bites(RULES.packagesHaveNoCycle(Set.of()), "bad.one");
  }

  @Test
  void serviceLookupOutsideTheDoor() {
    bites(RULES.onlyTheDoorLooksForServices(Set.of()), "bad.internal.Engine");
    holds(RULES.onlyTheDoorLooksForServices(Set.of("bad.internal.Engine")));
  }

  @Test
  void innerRoomInASignature() {
    bites(RULES.signaturesShowNothingInternal(), "bad.Restante.engine() shows bad.internal.Engine");
  }

  @Test
  void openClass() {
    bites(RULES.classesAreFinalOrMeantToBeExtended(Set.of()), "bad.benchmarks.Load is open");
    ArchRule rule = RULES.classesAreFinalOrMeantToBeExtended(Set.of("bad.benchmarks.State"));
    bites(rule, "bad.internal.Engine is open");
    assertThat(violations(rule)).noneMatch(violation -> violation.contains("bad.benchmarks.Load"));
  }

  @Test
  void oldDate() {
    bites(RULES.nobodyUsesOldDates(), "bad.two.Two");
  }

  /** Every method that does a banned thing is found, and no other. */
  @ParameterizedTest
  @EnumSource(Banned.class)
  void bannedCalls(Banned kind) {
    JavaClass wild = CLASSES.get("bad.internal.Wild");
    String prefix = kind.name().toLowerCase(Locale.ROOT);
    Set<String> wanted =
        wild.getMethods().stream()
            .map(method -> method.getName())
            .filter(name -> name.startsWith(prefix))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> found = new TreeSet<>();
    for (String violation : violations(banned(List.of(kind), Map.of()))) {
      found.addAll(
          wild.getMethods().stream()
              .map(method -> method.getName())
              .filter(name -> violation.contains("Wild." + name + "("))
              .toList());
    }
    assertThat(wanted).isNotEmpty();
    assertThat(found).isEqualTo(wanted);
  }

  @Test
  void wiringMayDoWhatItIsNamedForAndNothingElse() {
    List<Banned> all = List.of(Banned.CLOCK, Banned.CHANCE, Banned.THREADS);
    Map<String, Set<Banned>> wiring =
        Map.of("bad.internal.Wild", EnumSet.of(Banned.CLOCK, Banned.CHANCE));
    assertThat(violations(banned(all, wiring))).isNotEmpty().allMatch(v -> v.startsWith("THREADS"));
  }

  private static ArchRule banned(List<Banned> kinds, Map<String, Set<Banned>> wiring) {
    return RULES.timeChanceAndThreadsAreHandedIn(kinds, alwaysTrue(), wiring);
  }

  private static void bites(ArchRule rule, String culprit) {
    assertThat(violations(rule)).anyMatch(violation -> violation.contains(culprit));
  }

  private static void holds(ArchRule rule) {
    assertThat(violations(rule)).isEmpty();
  }

  private static List<String> violations(ArchRule rule) {
    EvaluationResult result = rule.allowEmptyShould(true).evaluate(CLASSES);
    return result.getFailureReport().getDetails();
  }
}
