package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.restante.storage.StoreInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Writes what a run of the suite came to, if it is told where: one {@code name=value} a line, in a
 * file named after the test class. Nothing in it depends on the moment or the machine, so that two
 * runs can be compared.
 */
final class Report implements BeforeAllCallback, AfterAllCallback, TestWatcher {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(Report.class);

  /** What is known so far of one class. */
  private static final class Findings {
    final Set<String> passed = new TreeSet<>();
    final Set<String> failed = new TreeSet<>();
    final Set<String> aborted = new TreeSet<>();
    @Nullable StoreInfo info;
    String engine = "";
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    // What an earlier run left tells nothing of this one, should it not come to its end.
    Optional<Path> file = file(context);
    if (file.isPresent()) {
      Files.deleteIfExists(file.get());
    }
    context.getStore(NAMESPACE).put(Findings.class, new Findings());
  }

  private static Findings findings(ExtensionContext context) {
    return requireNonNull(context.getStore(NAMESPACE).get(Findings.class, Findings.class));
  }

  private static void note(ExtensionContext context, Set<String> where) {
    Findings findings = findings(context);
    where.add(rule(context));
    context
        .getTestInstance()
        .map(StoreContract.class::cast)
        .ifPresent(
            suite -> {
              StoreInfo info = suite.fixture().info();
              if (findings.info == null && info != null) {
                findings.info = info;
                findings.engine = suite.harness().engine();
              }
            });
  }

  /** Rules have their names before the underline. */
  private static String rule(ExtensionContext context) {
    return context.getRequiredTestMethod().getName().replaceFirst("_.*", "");
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    note(context, findings(context).passed);
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    note(context, findings(context).failed);
  }

  @Override
  public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
    note(context, findings(context).aborted);
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    note(context, findings(context).aborted);
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    Optional<Path> file = file(context);
    Findings findings = findings(context);
    StoreInfo info = findings.info;
    if (file.isEmpty() || info == null) {
      return;
    }
    String text =
        """
        store=%s
        engine=%s
        durability=%s
        shared=%s
        locking=%s
        maxPayloadBytes=%d
        maxCommitRows=%d
        passed=%s
        failed=%s
        aborted=%s
        """
            .formatted(
                info.name(),
                findings.engine,
                info.durability(),
                info.shared(),
                info.locking(),
                info.maxPayloadBytes(),
                info.maxCommitRows(),
                String.join(" ", findings.passed),
                String.join(" ", findings.failed),
                String.join(" ", findings.aborted));
    Files.createDirectories(file.get().getParent());
    Files.writeString(file.get(), text, UTF_8);
  }

  /** Where the report of a suite goes, if one is wanted. */
  private static Optional<Path> file(ExtensionContext context) {
    String name = context.getRequiredTestClass().getSimpleName() + ".properties";
    return context
        .getConfigurationParameter(StoreContract.REPORTS)
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder).resolve(name));
  }
}
