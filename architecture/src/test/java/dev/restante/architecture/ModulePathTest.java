package dev.restante.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host on the module path: it compiles, finds a store by name, runs, and cannot look inside. */
final class ModulePathTest {
  private static final String HOST =
      """
      module host {
        requires dev.restante.core;
        requires dev.restante.storage.memory;
        exports host;
      }
      """;

  private static final String PROGRAM =
      """
      package host;

      import dev.restante.Restante;
      import dev.restante.RestanteOptions;
      import dev.restante.api.ConversationId;
      import dev.restante.api.Draft;
      import dev.restante.api.UserId;
      import dev.restante.storage.Durability;
      import java.util.Map;
      import java.util.concurrent.Callable;
      import java.util.concurrent.TimeUnit;

      public final class Program implements Callable<String> {
        @Override
        public String call() {
          RestanteOptions options =
              RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build();
          try (Restante restante =
              Restante.builder().storage("memory", Map.of()).options(options).build()) {
            UserId alice = UserId.of("alice");
            Draft draft =
                Draft.text(
                    alice.device("phone"), ConversationId.between(alice, UserId.of("bob")), "hello");
            return restante.opened()
                .thenCompose(health -> restante.messages().submit(draft)
                    .thenApply(result -> health.state() + ", " + result.fold(
                        accepted -> "accepted as " + accepted.seq(), Object::toString)))
                .toCompletableFuture().orTimeout(1, TimeUnit.MINUTES).join();
          }
        }
      }
      """;

  private static final String BURGLAR =
      """
      package host;

      public final class Program {
        Object inside = dev.restante.internal.Node.class;
      }
      """;

  @TempDir Path folder;

  @Test
  void hostCompilesAndRuns() throws Exception {
    assertThat(compile(PROGRAM)).isEmpty();
    ModuleFinder finder = ModuleFinder.of(modulePath(folder.resolve("classes")));
    Configuration resolved =
        ModuleLayer.boot().configuration().resolve(finder, ModuleFinder.of(), Set.of("host"));
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(resolved, ClassLoader.getPlatformClassLoader());
    ClassLoader loader = layer.findLoader("host");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      Callable<?> program =
          (Callable<?>) loader.loadClass("host.Program").getDeclaredConstructor().newInstance();
      assertThat(program.call()).isEqualTo("UP, accepted as 1");
    } finally {
      thread.setContextClassLoader(before);
    }
    Module core = layer.findModule("dev.restante.core").orElseThrow();
    assertThat(core.isExported("dev.restante")).isTrue();
    assertThat(core.isExported("dev.restante.internal")).isFalse();
  }

  @Test
  void nobodySeesTheInnerRooms() throws IOException {
    assertThat(compile(BURGLAR)).contains("dev.restante.internal");
  }

  /** What the compiler has against it; nothing if it compiled. */
  private String compile(String program) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("sources"));
    Path info = Files.writeString(sources.resolve("module-info.java"), HOST);
    Path main =
        Files.writeString(
            Files.createDirectories(sources.resolve("host")).resolve("Program.java"), program);
    String path =
        Arrays.stream(modulePath())
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    int exit =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                complaints,
                complaints,
                "-proc:none",
                "-d",
                folder.resolve("classes").toString(),
                "--module-path",
                path,
                info.toString(),
                main.toString());
    return exit == 0 ? "" : complaints.toString(UTF_8);
  }

  /** Of this test's class path what a host needs, and nothing of the tests. */
  private static Path[] modulePath(Path... more) {
    List<Path> ours =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.endsWith("test-classes"))
            .filter(ModulePathTest::isNeeded)
            .map(Path::of)
            .collect(Collectors.toList());
    ours.addAll(List.of(more));
    return ours.toArray(Path[]::new);
  }

  private static boolean isNeeded(String entry) {
    String name = entry.replace(File.separatorChar, '/');
    return name.matches(".*/(api|core|storage-spi|storage-memory)/target/.*")
        || name.matches(".*/(guava|failureaccess|slf4j-api|jspecify)-[^/]*\\.jar");
  }
}
