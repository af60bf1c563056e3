package dev.restante.storage.tck;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The contract of a store, as tests. Extend this one class in the adapter's own tests:
 *
 * <pre>{@code
 * final class MyStoreContractTest extends StoreContract {
 *   private final MyHarness harness = new MyHarness();
 *
 *   @Override
 *   protected StoreHarness harness() {
 *     return harness;
 *   }
 * }
 * }</pre>
 *
 * <p>Each test is tagged with the rule of {@code docs/spi/storage.md} that it checks and named
 * after it. A rule about a feature that the store does not declare is aborted, with the reason; it
 * never passes unseen. A test runs on an empty place, in its own instance of the class, and fails
 * when it takes two minutes, so that a store that hangs does not hang the build.
 */
@Tag("O4")
@DisplayNameGeneration(RuleNames.class)
@Timeout(120)
@ExtendWith(Report.class)
public abstract class StoreContract
    implements CommitRules,
        FenceRules,
        DedupRules,
        RecordRules,
        GuardRules,
        InboxRules,
        HistoryRules,
        TrimRules,
        HostileDataRules,
        BatchRules,
        LifecycleRules,
        LockedCommitRules,
        WalkRules,
        MovedRules {
  /**
   * The configuration parameter of JUnit, or system property, that names a folder: each run leaves
   * a file there that says what the store declares and which rules it kept. Not set, it leaves
   * nothing.
   */
  public static final String REPORTS = "restante.tck.reports";

  private @Nullable Fixture fixture;

  /** For the adapter's test class. */
  protected StoreContract() {}

  /** Where the data go. Called often; during one test it returns the same harness each time. */
  protected abstract StoreHarness harness();

  @BeforeEach
  final void emptyThePlace() {
    harness().wipe();
    fixture = new Fixture(harness());
  }

  @AfterEach
  final void closeWhatWasOpened() {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Override
  public final Fixture fixture() {
    if (fixture == null) {
      throw new IllegalStateException("There is a fixture only while a test runs");
    }
    return fixture;
  }
}
