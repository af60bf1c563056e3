package dev.restante.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.restante.architecture.House.Module;
import java.io.File;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The real house keeps the rules. {@link RulesBiteTest} shows that each rule can fail. */
final class HouseTest {
  private static final House HOUSE = new House("dev.restante");
  private static final Rules RULES = new Rules(HOUSE);

  /** Where a node is put together: the only code that looks for services and opens inner rooms. */
  private static final Set<String> DOOR = Set.of("dev.restante.RestanteBuilder");

  /** Who may ask for time, chance or threads, for what, and why. */
  private static final Map<String, Set<Banned>> WIRING =
      Map.of(
          // the ids of clients that do not hand in a clock; takes both from outside otherwise
          "dev.restante.api.ClientIds", EnumSet.of(Banned.CLOCK, Banned.CHANCE),
          // waits for notifications: the driver gives them to nobody but who asks
          "dev.restante.storage.jdbc.PostgresBus", EnumSet.of(Banned.THREADS),
          // waits for changes, and for a server that is silent: the driver's calls hold a thread
          "dev.restante.storage.mongo.MongoBus", EnumSet.of(Banned.THREADS),
          // how long a node keeps its turn among real servers; a store is handed no clock, and
          // nothing depends on this one but who waits
          "dev.restante.storage.jdbc.Opening", EnumSet.of(Banned.CLOCK),
          // names of transactions, which no node may ever give twice
          "dev.restante.storage.redis.Decisions", EnumSet.of(Banned.CHANCE),
          // how long a commit waits for others that append alone, and names of their claims, which
          // no node may ever give twice; a store is handed neither
          "dev.restante.storage.redis.RedisStorage", EnumSet.of(Banned.CLOCK, Banned.CHANCE),
          // the suite lets writers race each other; a store that it tests sees callers, no more
          "dev.restante.storage.tck.Race", EnumSet.of(Banned.THREADS),
          // runs stories side by side; each story is one thread's, and knows it not
          "dev.restante.simulator.Simulation", EnumSet.of(Banned.THREADS),
          // what a node makes for itself when the host hands in no Resources
          "dev.restante.internal.SystemResources",
              EnumSet.of(Banned.CLOCK, Banned.CHANCE, Banned.THREADS, Banned.WAITING));

  /** JMH writes subclasses of what bears these. */
  private static final Set<String> EXTENDED = Set.of("org.openjdk.jmh.annotations.State");

  private static final Pattern INNER =
      Pattern.compile("(?m)^import (static )?dev\\.restante\\.internal\\.");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(place -> !place.contains("/jmh_generated/"))
          .importPackages("dev.restante");

  @Test
  void seesTheModules() {
    Set<Module> seen = EnumSet.noneOf(Module.class);
    CLASSES.forEach(type -> seen.add(HOUSE.moduleOf(type)));
    assertThat(seen).isEqualTo(EnumSet.complementOf(EnumSet.of(Module.OTHER)));
  }

  /** Each module of the build, but those that have no code of their own or tests only. */
  @Test
  void seesTheCodeOfEveryModule() {
    Set<String> sources = new TreeSet<>();
    for (String module : Repository.modules()) {
      Path code = Path.of(module, "src", "main", "java");
      Repository.files(".java").stream()
          .filter(file -> file.startsWith(code) && !file.endsWith("module-info.java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .map(file -> code.relativize(file).toString())
          .map(name -> name.replace(".java", "").replace(File.separatorChar, '.'))
          .forEach(sources::add);
    }
    assertThat(sources)
        .hasSizeGreaterThan(200)
        .allSatisfy(name -> assertThat(CLASSES.contain(name)).as(name).isTrue());
  }

  @Test
  void apiStandsOnTheJdkAlone() {
    RULES.apiStandsOnTheJdkAlone().check(CLASSES);
  }

  @Test
  void storageSpiStandsOnTheJdkAlone() {
    RULES.storageSpiStandsOnTheJdkAlone().check(CLASSES);
  }

  @Test
  void coreSeesApiAndSpiGuavaAndSlf4j() {
    RULES.coreSeesApiAndSpiGuavaAndSlf4j().check(CLASSES);
  }

  @Test
  void simulatorSeesCoreApiAndSpi() {
    RULES.simulatorSeesCoreApiAndSpi().check(CLASSES);
  }

  @Test
  void programsSeeNeitherToolsNorEachOther() {
    RULES.examplesSeeNeitherToolsNorBenchmarks().check(CLASSES);
    RULES.benchmarksSeeNeitherToolsNorExamples().check(CLASSES);
  }

  @Test
  void librarySeesNoToolAndNoProgram() {
    RULES.librarySeesNoToolAndNoProgram().check(CLASSES);
  }

  @Test
  void onlyTheCoreSeesItsInnerRooms() {
    RULES.onlyTheCoreSeesItsInnerRooms().check(CLASSES);
  }

  /** Tests are not among the classes; nor is a module that has nothing else. */
  @Test
  void noTestOutsideTheCoreSeesItsInnerRooms() {
    List<Path> others =
        Repository.files(".java").stream().filter(file -> !file.startsWith("core")).toList();
    assertThat(others)
        .hasSizeGreaterThan(100)
        .allSatisfy(file -> assertThat(INNER.matcher(Repository.read(file)).find()).isFalse());
    assertThat(INNER.matcher("import static dev.restante.internal.Node.start;").find()).isTrue();
  }

  @Test
  void storesAndTheirSuiteNeverSeeTheEngine() {
    RULES.storesAndTheirSuiteNeverSeeTheEngine().check(CLASSES);
  }

  @Test
  void storesNeverSeeTheirSuite() {
    RULES.storesNeverSeeTheirSuite().check(CLASSES);
  }

  @Test
  void packagesHaveNoCycle() {
    RULES.packagesHaveNoCycle(DOOR).check(CLASSES);
  }

  @Test
  void onlyTheDoorLooksForServices() {
    RULES.onlyTheDoorLooksForServices(DOOR).check(CLASSES);
  }

  @Test
  void timeChanceAndThreadsAreHandedIn() {
    RULES
        .timeChanceAndThreadsAreHandedIn(
            List.of(Banned.CLOCK, Banned.CHANCE, Banned.THREADS), library(), WIRING)
        .check(CLASSES);
  }

  @Test
  void coreWaitsForNobody() {
    RULES
        .timeChanceAndThreadsAreHandedIn(
            List.of(Banned.WAITING), HOUSE.in(Module.CORE, Module.API), WIRING)
        .check(CLASSES);
  }

  @Test
  void everyExceptionIsNeeded() {
    for (String name : WIRING.keySet()) {
      assertThat(CLASSES.get(name).getAccessesFromSelf())
          .as("%s does nothing that it would have to be wiring for", name)
          .anyMatch(
              access ->
                  access.getTarget()
                          instanceof
                          com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget call
                      && Banned.of(WIRING.getOrDefault(name, Set.of()), call).isPresent());
    }
  }

  @Test
  void signaturesShowNothingInternal() {
    RULES.signaturesShowNothingInternal().check(CLASSES);
  }

  @Test
  void classesAreFinalOrMeantToBeExtended() {
    RULES.classesAreFinalOrMeantToBeExtended(EXTENDED).check(CLASSES);
  }

  @Test
  void nobodyUsesOldDates() {
    RULES.nobodyUsesOldDates().check(CLASSES);
  }

  /**
   * What hosts embed: not the examples and benchmarks, which are programs with clocks of their own.
   */
  private static DescribedPredicate<JavaClass> library() {
    return describe(
        "are of the library",
        type -> !HOUSE.in(Module.EXAMPLE, Module.BENCHMARKS, Module.TEST_SUPPORT).test(type));
  }
}
