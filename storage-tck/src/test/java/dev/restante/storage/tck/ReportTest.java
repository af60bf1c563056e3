package dev.restante.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A run of the suite leaves a report of itself, and of nothing else. */
final class ReportTest {
  @TempDir private Path folder;

  /** Its database does not start, so no test of it begins. */
  static final class NeverReady extends StoreContract {
    @Override
    protected StoreHarness harness() {
      throw new IllegalStateException("it does not start");
    }
  }

  private void run(Class<?> suite) {
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(suite))
                .filters(TagFilter.includeTags("C1"))
                .configurationParameter(StoreContract.REPORTS, folder.toString())
                .build());
  }

  private Path report(Class<?> suite) {
    return folder.resolve(suite.getSimpleName() + ".properties");
  }

  @Test
  void aRunThatComesToNothingLeavesNoEarlierOne() throws IOException {
    Path earlier = Files.writeString(report(NeverReady.class), "passed=C1");
    Path other = Files.writeString(folder.resolve("Other.properties"), "passed=C1");
    run(NeverReady.class);
    assertThat(earlier).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void aRunIsWrittenInPlaceOfAnEarlierOne() throws IOException {
    Files.writeString(report(MemoryStoreContractTest.class), "passed=nothing");
    run(MemoryStoreContractTest.class);
    assertThat(report(MemoryStoreContractTest.class))
        .content()
        .contains("engine=this process", "passed=C1")
        .doesNotContain("nothing");
  }
}
