package dev.restante.storage.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamKey;
import dev.restante.testmongo.WireServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The server removes submits long after they expired, whatever its clock shows: the nodes' is half
 * a century behind here.
 */
@Tag("M3")
final class ExpiryTest {
  private static final AtomicInteger PLACES = new AtomicInteger();
  private static final StreamKey LOG = StreamKey.log("tenant", "log");
  private static final long NOW = 1_000;
  private static final Duration WINDOW = Duration.ofDays(7);

  private final WireServer server = WireServer.shared();
  private final String database = "expiry" + PLACES.incrementAndGet();
  private Store store;

  @BeforeEach
  void open() {
    store = opened();
  }

  private Store opened() {
    return MongoStorage.at(server.uri() + "/" + database)
        .open(new StoreContext(Duration.ofSeconds(40)));
  }

  @AfterEach
  void close() {
    server.refusesTtl(false);
    store.close();
  }

  private static DedupRow row(String client, long expiresAt, boolean replaces) {
    return new DedupRow(new DedupKey(LOG, "alice", client), 1, 2, NOW, expiresAt, replaces);
  }

  private CommitOutcome commit(long now, DedupRow... rows) {
    long head = store.heads(List.of(LOG)).get(0).head();
    return store.commit(
        new Commit(
            now,
            false,
            List.of(
                new LogAppend(
                    LOG,
                    head,
                    false,
                    List.of(new LogRow(head + 1, head + 1, now, 0, new byte[0])))),
            List.of(),
            List.of(rows),
            List.of(),
            List.of()));
  }

  private boolean isThere(String client) {
    DedupRow row = row(client, 0, false);
    return store.dedups(List.of(row.key())).containsKey(row.key());
  }

  private static final long EXPIRY = NOW + WINDOW.toMillis();

  @Test
  void goesADayAfterItExpiredByTheTimeThatPassedOnTheServer() {
    commit(NOW, row("a", EXPIRY, false));
    Instant written = Instant.now();
    server.expire(database, written.plus(WINDOW).plus(Expiry.MARGIN).minusSeconds(60));
    assertThat(isThere("a")).isTrue();
    assertThat(commit(NOW, row("a", EXPIRY, false)))
        .isEqualTo(new CommitOutcome.Conflict(Cause.DUPLICATE));
    server.expire(database, written.plus(WINDOW).plus(Expiry.MARGIN).plusSeconds(60));
    assertThat(isThere("a")).isFalse();
    assertThat(store.removeExpiredDedups(EXPIRY, 10)).isZero();
    assertThat(commit(EXPIRY, row("a", EXPIRY + 1, true))).isEqualTo(CommitOutcome.COMMITTED);
  }

  /** The margin is for clocks that differ or are put right; two hours are less than that. */
  @Test
  void staysWhileAClockThatIsHoursBehindSaysThatItCounts() {
    assertThat(Expiry.MARGIN).isGreaterThanOrEqualTo(Duration.ofHours(24));
    commit(NOW, row("a", EXPIRY, false));
    server.expire(database, Instant.now().plus(WINDOW).plus(Duration.ofHours(2)));
    assertThat(isThere("a")).isTrue();
  }

  @Test
  void whatNeverExpiresAndWhatTheSweepFindsAtOnceStays() {
    commit(NOW, row("never", Long.MAX_VALUE, false), row("before", NOW, false));
    commit(Long.MAX_VALUE, row("moved", EXPIRY, false));
    server.expire(database, Instant.now().plus(Duration.ofDays(100_000)));
    assertThat(isThere("never")).isTrue();
    assertThat(isThere("before")).isTrue();
    assertThat(isThere("moved")).isTrue();
    assertThat(store.removeExpiredDedups(NOW, 10)).isEqualTo(1);
    assertThat(isThere("before")).isFalse();
  }

  /** The time of the row that was there before counts for nothing. */
  @Test
  void whatTookThePlaceOfSomethingExpiredLastsForItsOwnTime() {
    commit(NOW, row("longer", NOW + 1, false), row("for ever", NOW + 1, false));
    commit(NOW + 1, row("longer", EXPIRY, true), row("for ever", Long.MAX_VALUE, true));
    Instant end = Instant.now().plus(WINDOW).plus(Expiry.MARGIN);
    server.expire(database, end.minusSeconds(60));
    assertThat(isThere("longer")).isTrue();
    server.expire(database, end.plusSeconds(60));
    assertThat(isThere("longer")).isFalse();
    assertThat(isThere("for ever")).isTrue();
  }

  @Test
  void aDeploymentThatMakesNoSuchIndexHasTheSweep() {
    store.close();
    server.refusesTtl(true);
    String other = database + "without";
    store = MongoStorage.at(server.uri() + "/" + other).open(new StoreContext(WINDOW));
    commit(NOW, row("a", EXPIRY, false));
    server.expire(other, Instant.now().plus(Duration.ofDays(100_000)));
    assertThat(isThere("a")).isTrue();
    assertThat(store.removeExpiredDedups(EXPIRY, 10)).isEqualTo(1);
    assertThat(isThere("a")).isFalse();
  }
}
