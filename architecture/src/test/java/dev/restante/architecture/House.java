package dev.restante.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;

/**
 * Which package belongs to which module, below a root package: {@code dev.restante} for the real
 * house, another one for the house that breaks every rule.
 *
 * @param root the root package, which is the core's door
 */
record House(String root) {
  /** The modules that the rules speak of. */
  enum Module {
    API,
    STORAGE_SPI,
    ADAPTER,
    TCK,
    CORE,
    SIMULATOR,
    EXAMPLE,
    BENCHMARKS,
    /** What starts a real server for tests and benchmarks. */
    TEST_SUPPORT,
    OTHER
  }

  private static final List<String> ADAPTERS =
      List.of("memory", "jdbc", "redis", "mongo", "rocksdb", "migration");

  private static final List<String> TEST_SUPPORT_PACKAGES =
      List.of("testredis", "testmongo", "testmariadb", "testbrowser");

  Module moduleOf(JavaClass type) {
    String name = type.getPackageName();
    if (isIn(name, root + ".api")) {
      return Module.API;
    }
    if (name.equals(root + ".storage")
        || name.equals(root + ".storage.cells")
        || name.equals(root + ".storage.ordered")
        || name.equals(root + ".bus")) {
      return Module.STORAGE_SPI;
    }
    if (isIn(name, root + ".storage.tck")) {
      return Module.TCK;
    }
    if (ADAPTERS.stream().anyMatch(each -> isIn(name, root + ".storage." + each))) {
      return Module.ADAPTER;
    }
    if (isIn(name, root + ".simulator")) {
      return Module.SIMULATOR;
    }
    if (isIn(name, root + ".example")) {
      return Module.EXAMPLE;
    }
    if (isIn(name, root + ".benchmarks")) {
      return Module.BENCHMARKS;
    }
    if (TEST_SUPPORT_PACKAGES.stream().anyMatch(each -> isIn(name, root + "." + each))) {
      return Module.TEST_SUPPORT;
    }
    return name.equals(root) || isIn(name, root + ".internal") ? Module.CORE : Module.OTHER;
  }

  DescribedPredicate<JavaClass> in(Module... modules) {
    List<Module> wanted = List.of(modules);
    return describe("of " + wanted, type -> wanted.contains(moduleOf(type)));
  }

  DescribedPredicate<JavaClass> internal() {
    return describe(
        "in an internal package",
        type ->
            isIn(type.getPackageName(), root)
                && ("." + type.getPackageName() + ".").contains(".internal."));
  }

  boolean isOurs(JavaClass type) {
    return isIn(type.getPackageName(), root);
  }

  private static boolean isIn(String name, String parent) {
    return name.equals(parent) || name.startsWith(parent + ".");
  }
}
