package dev.restante.storage.redis;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import dev.restante.storage.cells.Pauses;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The store. It keeps nothing in memory that it read, so a failover leaves nothing stale in it. */
final class RedisStore implements Store {
  /** How often others may come first while a locked commit is planned. */
  private static final int ATTEMPTS = 64;

  /** How often they may before it is made with a {@link Claim}. */
  private static final int LOSSES = 2;

  private final Server server;
  private final Keys keys;
  private final StoreInfo info;
  private final Duration callTimeout;
  private final long patienceNanos;
  private final Pauses pauses;
  private final LongSupplier nanoTime;
  private final SecureRandom chance;
  private final CommitScript commits;
  private final HeadsScript heads;
  private final LogScript logs;
  private final InboxScript inboxes;
  private final LookupScript lookups;
  private final ListScript lists;
  private final TrimScript trims;
  private final SweepScript sweeps;
  private final WalkScript walks;

  /**
   * @param callTimeout how long one call may take
   * @param nanoTime a clock that never goes back; only how long is waited for others depends on it
   * @param chance for names of claims
   */
  RedisStore(
      Server server,
      Keys keys,
      Durability durability,
      Duration callTimeout,
      LongSupplier nanoTime,
      SecureRandom chance) {
    this.server = server;
    this.callTimeout = callTimeout;
    this.patienceNanos = callTimeout.dividedBy(2).toNanos();
    this.nanoTime = nanoTime;
    this.chance = chance;
    this.pauses = new Pauses(callTimeout);
    this.info = Limits.info(durability, Moving.IN);
    this.commits = new CommitScript(server, keys);
    this.heads = new HeadsScript(server, keys);
    this.logs = new LogScript(server, keys);
    this.inboxes = new InboxScript(server, keys);
    this.lookups = new LookupScript(server, keys);
    this.lists = new ListScript(server, keys);
    this.trims = new TrimScript(server, keys);
    this.sweeps = new SweepScript(server);
    this.keys = keys;
    this.walks = new WalkScript(server, keys);
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  /** While somebody else has a {@link Claim} an append is a conflict: its caller plans anew. */
  @Override
  public CommitOutcome commit(Commit commit) {
    return commit(commit, Optional.empty()).orElse(new Conflict(Cause.HEAD));
  }

  private Optional<CommitOutcome> commit(Commit commit, Optional<Claim> claim) {
    Optional<Refused> refused = Limits.refusal(commit);
    if (refused.isPresent()) {
      return Optional.of(refused.get());
    }
    try {
      return commits.run(commit, claim);
    } catch (Utf8.Malformed | CommitScript.Unfit e) {
      return Optional.of(new Refused(String.valueOf(e.getMessage())));
    }
  }

  /**
   * Without locks: looks, plans, and commits, which succeeds only at exactly the heads that were
   * seen. Where others came first it begins again, the third time with a {@link Claim}, so that
   * nobody comes first for ever. A conflict is one of the plan's own making, or one that no other
   * head explains.
   */
  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    try (Claim claim = new Claim(server, keys, callTimeout, chance)) {
      return new LockedCommit(streams, plan, claim).run();
    }
  }

  private final class LockedCommit {
    private final List<StreamKey> streams;
    private final LockedPlan plan;
    private final Claim claim;
    private int losses;
    private int waitsInARow;
    private long waitedNanos;

    LockedCommit(List<StreamKey> streams, LockedPlan plan, Claim claim) {
      this.streams = streams;
      this.plan = plan;
      this.claim = claim;
    }

    CommitOutcome run() {
      while (losses < ATTEMPTS) {
        long began = nanoTime.getAsLong();
        if (losses >= LOSSES && !claim.take()) {
          waitSince(began);
          continue;
        }
        Map<StreamKey, StreamHead> seen = asked(() -> headsOf(streams));
        Optional<Commit> commit = plan.plan(seen);
        if (commit.isEmpty()) {
          return new Conflict(Cause.UNSPECIFIED);
        }
        Optional<CommitOutcome> outcome = asked(() -> commit(commit.get(), Optional.of(claim)));
        if (outcome.isEmpty()) {
          waitSince(began);
          continue;
        }
        waitsInARow = 0;
        if (!isHead(outcome.get()) || asked(() -> headsOf(streams)).equals(seen)) {
          return outcome.get();
        }
        losses++;
      }
      throw new StoreException(
          Effect.TRANSIENT, "Others wrote first, %d times in a row".formatted(ATTEMPTS), null);
    }

    /** A server that fails is not asked for one thing more: that may take as long again. */
    private <T> T asked(Supplier<T> call) {
      try {
        return call.get();
      } catch (StoreException e) {
        claim.leave();
        throw e;
      }
    }

    /**
     * Waits for whoever has a claim.
     *
     * @param beganNanos since when all was in vain
     */
    private void waitSince(long beganNanos) {
      pauses.pause(waitsInARow++);
      waitedNanos += nanoTime.getAsLong() - beganNanos;
      if (waitedNanos > patienceNanos) {
        throw new StoreException(
            Effect.TRANSIENT,
            "Another commit had the claim %s, or others had one after another, for %d ms"
                .formatted(
                    new String(keys.claim(), StandardCharsets.US_ASCII),
                    TimeUnit.NANOSECONDS.toMillis(waitedNanos)),
            null);
      }
    }
  }

  private Map<StreamKey, StreamHead> headsOf(List<StreamKey> streams) {
    Map<StreamKey, StreamHead> found = new LinkedHashMap<>();
    List<StreamHead> all = heads.run(streams);
    for (int i = 0; i < streams.size(); i++) {
      found.put(streams.get(i), all.get(i));
    }
    return found;
  }

  private static boolean isHead(CommitOutcome outcome) {
    return outcome instanceof Conflict conflict && conflict.cause() == Cause.HEAD;
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return heads.run(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return lookups.dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return logs.run(range);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return inboxes.run(inbox, after, limit, maxBytes);
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return lookups.records(keys);
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return lists.run(partition, space, afterId, limit);
  }

  @Override
  public List<Long> trim(List<Trim> asked, int maxRows) {
    List<Long> floors = new ArrayList<>(asked.size());
    asked.forEach(trim -> floors.add(trims.run(trim, maxRows)));
    return floors;
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    SweepScript.Swept swept = sweeps.run(keys.submits(), keys.expiries(), nowMillis, limit);
    StoreException failure = swept.failure();
    if (failure != null) {
      throw failure;
    }
    return swept.removed();
  }

  @Override
  public WalkPage walk(String from, int limit) {
    return walks.run(from, limit);
  }

  @Override
  public void close() {
    pauses.close();
    server.close();
  }
}
