package dev.restante.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every module is published as it should be, or not at all. */
final class ModulesTest {
  private static final Set<String> UNPUBLISHED =
      Set.of(
          "architecture",
          "bom",
          "benchmarks",
          "crash-tests",
          "examples",
          "examples/quickstart",
          "examples/chat-server",
          "examples/cluster",
          "examples/custom-storage",
          "test-redis",
          "test-mongo",
          "test-mariadb",
          "test-browser");

  @Test
  void everyModuleIsPublishedOrNamedAsNot() {
    Set<String> modules = new TreeSet<>(Repository.modules());
    modules.removeAll(UNPUBLISHED);
    assertThat(modules).isEqualTo(Repository.publishedModules());
  }

  @Test
  void everyPublishedModuleIsAModuleOfTheModuleSystem() {
    for (String module : Repository.publishedModules()) {
      Path info = Path.of(module, "src", "main", "java", "module-info.java");
      assertThat(Repository.ROOT.resolve(info)).exists();
      String text = Repository.readText(info.toString());
      assertThat(text).as(module).contains("module dev.restante.");
      assertThat(text).as(module).doesNotContainPattern("exports [a-z.]*internal[a-z.]*;");
    }
  }

  @Test
  void everyPackageOfAPublishedModuleIsNullMarked() {
    for (String module : Repository.publishedModules()) {
      for (Path folder : packages(Path.of(module, "src", "main", "java"))) {
        Path info = folder.resolve("package-info.java");
        assertThat(Repository.ROOT.resolve(info)).exists();
        assertThat(Repository.readText(info.toString()))
            .as(info.toString())
            .containsPattern("(?m)^@NullMarked\\b");
      }
    }
  }

  @Test
  void theBillOfMaterialsAndTheParentKnowEveryPublishedModule() {
    String parent = Repository.readText("pom.xml");
    for (String module : Repository.publishedModules()) {
      assertThat(parent).contains("<artifactId>restante-" + module + "</artifactId>");
      assertThat(Files.exists(Repository.ROOT.resolve(module).resolve("pom.xml")))
          .as(module)
          .isTrue();
    }
  }

  /** Each version is a property of the parent, pinned once; modules name none but their own. */
  @Test
  void everyVersionIsPinnedOnce() {
    for (Path pom : Repository.files("pom.xml")) {
      String text = Repository.readText(pom.toString());
      Set<String> versions = new TreeSet<>(Texts.all("<version>([^<$]+)</version>", text));
      // a range of allowed versions of Java and Maven pins nothing
      versions.removeIf(version -> version.startsWith("["));
      assertThat(versions).as(pom.toString()).containsExactly("0.1.0-SNAPSHOT");
    }
    String parent = Repository.readText("pom.xml");
    String managed =
        String.join("", Texts.all("(?s)<dependencyManagement>(.*)</dependencyManagement>", parent));
    assertThat(Texts.all("<artifactId>([^<]+)</artifactId>", managed))
        .hasSizeGreaterThan(20)
        .doesNotHaveDuplicates();
    List<String> pins = Texts.all("<([a-z0-9.-]+\\.version|plugin\\.[a-z-]+)>", parent);
    assertThat(pins).hasSizeGreaterThan(20).doesNotHaveDuplicates();
    String all =
        Repository.files("pom.xml").stream().map(Repository::read).collect(Collectors.joining());
    assertThat(pins).allSatisfy(pin -> assertThat(all).contains("${" + pin + "}"));
  }

  private static List<Path> packages(Path sources) {
    return Repository.files(".java").stream()
        .filter(file -> file.startsWith(sources) && !sources.equals(file.getParent()))
        .map(Path::getParent)
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .toList();
  }
}
