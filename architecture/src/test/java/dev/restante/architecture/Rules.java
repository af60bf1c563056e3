package dev.restante.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.restante.architecture.House.Module;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of the house, each as a question that can be asked of any house. */
final class Rules {
  private static final String[] JDK = {"java..", "org.jspecify.."};

  private final House house;

  Rules(House house) {
    this.house = house;
  }

  // ---- arrows -----------------------------------------------------------------------------------

  ArchRule apiStandsOnTheJdkAlone() {
    return only(Module.API, house.in(Module.API), JDK);
  }

  ArchRule storageSpiStandsOnTheJdkAlone() {
    return only(Module.STORAGE_SPI, house.in(Module.STORAGE_SPI), JDK);
  }

  ArchRule coreSeesApiAndSpiGuavaAndSlf4j() {
    return only(
        Module.CORE,
        house.in(Module.CORE, Module.API, Module.STORAGE_SPI),
        "java..",
        "org.jspecify..",
        "com.google.common..",
        "org.slf4j..");
  }

  ArchRule storesAndTheirSuiteNeverSeeTheEngine() {
    return noClasses()
        .that(house.in(Module.ADAPTER, Module.TCK))
        .should()
        .dependOnClassesThat(house.in(Module.CORE, Module.API));
  }

  ArchRule storesNeverSeeTheirSuite() {
    return noClasses()
        .that(house.in(Module.ADAPTER))
        .should()
        .dependOnClassesThat(house.in(Module.TCK));
  }

  ArchRule simulatorSeesCoreApiAndSpi() {
    return only(
        Module.SIMULATOR,
        house.in(Module.SIMULATOR, Module.CORE, Module.API, Module.STORAGE_SPI),
        JDK);
  }

  ArchRule examplesSeeNeitherToolsNorBenchmarks() {
    return noClasses()
        .that(house.in(Module.EXAMPLE))
        .should()
        .dependOnClassesThat(
            house.in(Module.TCK, Module.SIMULATOR, Module.BENCHMARKS, Module.TEST_SUPPORT));
  }

  ArchRule benchmarksSeeNeitherToolsNorExamples() {
    return noClasses()
        .that(house.in(Module.BENCHMARKS))
        .should()
        .dependOnClassesThat(house.in(Module.TCK, Module.SIMULATOR, Module.EXAMPLE));
  }

  /** What hosts embed needs neither what tells stories with it nor a program that embeds it. */
  ArchRule librarySeesNoToolAndNoProgram() {
    return noClasses()
        .that(house.in(Module.API, Module.STORAGE_SPI, Module.ADAPTER, Module.TCK, Module.CORE))
        .should()
        .dependOnClassesThat(
            house.in(Module.SIMULATOR, Module.EXAMPLE, Module.BENCHMARKS, Module.TEST_SUPPORT));
  }

  /** On the class path the name is the only wall. */
  ArchRule onlyTheCoreSeesItsInnerRooms() {
    return noClasses()
        .that(describe("are not of the core", type -> house.moduleOf(type) != Module.CORE))
        .should()
        .dependOnClassesThat(house.internal());
  }

  ArchRule packagesHaveNoCycle(Set<String> wiring) {
    SliceAssignment byPackage =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass type) {
            return house.isOurs(type)
                ? SliceIdentifier.of(type.getPackageName())
                : SliceIdentifier.ignore();
          }

          @Override
          public String getDescription() {
            return "packages";
          }
        };
    return slices()
        .assignedFrom(byPackage)
        .should()
        .beFreeOfCycles()
        .ignoreDependency(
            describe("wiring", type -> wiring.contains(type.getName())),
            DescribedPredicate.alwaysTrue());
  }

  private ArchRule only(Module module, DescribedPredicate<JavaClass> ours, String... others) {
    DescribedPredicate<JavaClass> allowed =
        ours.or(resideInAnyPackage(others))
            .or(describe("primitive", type -> type.getBaseComponentType().isPrimitive()))
            .or(
                describe(
                    "an array of one of these",
                    type -> type.isArray() && ours.test(type.getBaseComponentType())));
    return classes().that(house.in(module)).should(onlyDependOnClassesThat(allowed));
  }

  // ---- wiring -----------------------------------------------------------------------------------

  ArchRule onlyTheDoorLooksForServices(Set<String> wiring) {
    return noClasses()
        .that(describe("are not wiring", type -> !wiring.contains(topLevel(type))))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.ServiceLoader");
  }

  /**
   * @param wiring what each named class may do, and no other
   */
  ArchRule timeChanceAndThreadsAreHandedIn(
      List<Banned> kinds, DescribedPredicate<JavaClass> where, Map<String, Set<Banned>> wiring) {
    return classes()
        .that(where)
        .should(
            new ArchCondition<JavaClass>("not make, but be handed, " + kinds) {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                Set<Banned> allowed = wiring.getOrDefault(topLevel(type), Set.of());
                for (JavaAccess<?> access : type.getAccessesFromSelf()) {
                  if (access.getTarget() instanceof CodeUnitAccessTarget target) {
                    Banned.of(kinds, target)
                        .filter(kind -> !allowed.contains(kind))
                        .ifPresent(
                            kind ->
                                events.add(
                                    SimpleConditionEvent.violated(
                                        type, kind + ": " + access.getDescription())));
                  }
                }
              }
            });
  }

  // ---- shape ------------------------------------------------------------------------------------

  ArchRule signaturesShowNothingInternal() {
    return classes()
        .that(describe("are exported", type -> isExported(type)))
        .should(
            new ArchCondition<JavaClass>("show nothing internal") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                type.getMembers().stream()
                    .filter(Rules::isVisible)
                    .forEach(member -> checkMember(type, member, events));
              }
            });
  }

  private void checkMember(JavaClass type, JavaMember member, ConditionEvents events) {
    member.getAllInvolvedRawTypes().stream()
        .filter(house.internal())
        .forEach(
            leaked ->
                events.add(
                    SimpleConditionEvent.violated(
                        type, member.getFullName() + " shows " + leaked.getName())));
  }

  private boolean isExported(JavaClass type) {
    return house.isOurs(type)
        && type.getModifiers().contains(JavaModifier.PUBLIC)
        && !house.internal().test(type);
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  /**
   * @param open annotations of classes that a tool extends
   */
  ArchRule classesAreFinalOrMeantToBeExtended(Set<String> open) {
    return classes()
        .that(describe("are ours", house::isOurs))
        .and(describe("no tool extends", type -> open.stream().noneMatch(type::isAnnotatedWith)))
        .and(describe("have a name", type -> !type.isAnonymousClass()))
        .should(
            new ArchCondition<JavaClass>("be final, sealed, abstract or an interface") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean fine =
                    type.isInterface()
                        || type.isEnum()
                        || type.getModifiers().contains(JavaModifier.FINAL)
                        || type.getModifiers().contains(JavaModifier.ABSTRACT)
                        || type.reflect().isSealed();
                if (!fine) {
                  events.add(SimpleConditionEvent.violated(type, type.getName() + " is open"));
                }
              }
            });
  }

  ArchRule nobodyUsesOldDates() {
    return noClasses()
        .that(describe("are ours", house::isOurs))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Date");
  }

  private static String topLevel(JavaClass type) {
    String name = type.getName();
    int inner = name.indexOf('$');
    return inner < 0 ? name : name.substring(0, inner);
  }
}
