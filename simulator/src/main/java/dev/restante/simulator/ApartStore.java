package dev.restante.simulator;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * The store of the cursors or the leases, in a story where these are not in the main one. All nodes
 * see the same one; it fails on its own, and may forget everything at any moment.
 */
final class ApartStore implements Store, Storage {
  private final World world;
  private final Tally tally;
  private final Supplier<Storage> fresh;
  private final Weather weather;
  private final StoryPlan plan;
  private final LeaseWatch leases;
  private final SplittableRandom chance;
  private Store inner;
  private long lostAt = -1;

  ApartStore(
      World world,
      Tally tally,
      Supplier<Storage> fresh,
      Weather weather,
      StoryPlan plan,
      LeaseWatch leases,
      SplittableRandom chance) {
    this.world = world;
    this.tally = tally;
    this.fresh = fresh;
    this.weather = weather;
    this.plan = plan;
    this.leases = leases;
    this.chance = chance;
    this.inner = empty();
  }

  private Store empty() {
    return fresh.get().open(new StoreContext(Duration.ofMinutes(1)));
  }

  @Override
  public String description() {
    return "apart";
  }

  @Override
  public Store open(StoreContext context) {
    return this;
  }

  /** Forgets everything. */
  void lose() {
    tally.count(Fault.APART_LOST);
    world.say(() -> "all that is apart is lost");
    lostAt = world.now();
    inner.close();
    inner = empty();
    if (plan.leasesApart()) {
      leases.forgetLeases();
    }
  }

  /** When it last forgot everything; -1 if it never did. */
  long lostAt() {
    return lostAt;
  }

  @Override
  public StoreInfo info() {
    return inner.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    if (!commit.logs().isEmpty()
        || !commit.inboxes().isEmpty()
        || !commit.dedups().isEmpty()
        || !commit.guards().isEmpty()
        || !commit.records().stream().map(RecordWrite::key).allMatch(this::isHere)) {
      throw notHere();
    }
    fail(Effect.UNAVAILABLE);
    CommitOutcome outcome = inner.commit(commit);
    if (outcome instanceof CommitOutcome.Committed) {
      leases.check(commit);
      leases.remember(commit, world.now());
    }
    fail(Effect.UNKNOWN);
    return outcome;
  }

  private void fail(Effect effect) {
    if (weather.meets(Fault.APART_AWAY) && chance.nextDouble() < plan.faultsPerCall()) {
      tally.count(Fault.APART_AWAY);
      throw new StoreException(effect, "what is apart is away", null);
    }
  }

  private boolean isHere(RecordKey key) {
    return switch (key.space()) {
      case "cursor", "session" ->
          plan.cursorsApart() && key.partition().kind() == StreamKey.Kind.INBOX;
      case "lease" -> plan.leasesApart() && key.partition().equals(StreamKey.STORE);
      default -> false;
    };
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    if (!keys.stream().allMatch(this::isHere)) {
      throw notHere();
    }
    fail(Effect.UNAVAILABLE);
    return inner.records(keys);
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    throw notHere();
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    throw notHere();
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    throw notHere();
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    throw notHere();
  }

  @Override
  public LogSlice readLog(LogRange range) {
    throw notHere();
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    throw notHere();
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    throw notHere();
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    throw notHere();
  }

  @Override
  public WalkPage walk(String from, int limit) {
    throw notHere();
  }

  private static AssertionError notHere() {
    return new AssertionError("only where devices stand is asked of the store of the cursors");
  }

  /** A node that goes closes its handle; the others go on. */
  @Override
  public void close() {}

  /** The story is over. */
  void end() {
    inner.close();
  }
}
