package dev.restante.internal;

import static dev.restante.storage.StoreException.Effect.FAULT;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.MessageCacheCounts;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Two stores that look like one: the records that say where devices stand and which of their
 * sessions is the current one are in a store of their own.
 *
 * <p>Just these may be apart, since nothing has to be written together with them. They are written
 * unconditionally or raised, never guarded on, and it is safe to repeat that. What is in the main
 * store counts: a device that is registered there and has no cursor here begins with a snapshot,
 * and a cursor of one that is not registered, or was at another moment, is not looked at. So a
 * commit that names both goes to the main store first, and is done then: what does not arrive here
 * afterwards is as if it had been lost here.
 *
 * <p>The store of the cursors may be away: what only concerns it is then answered {@code
 * TRANSIENT}, which says to try again, and not {@code UNAVAILABLE}, by which the node would take
 * messages to be unwritable too. Nor does it keep the node's threads: see {@link Breaker}.
 *
 * <p>It is not moved to another store: each of the two is moved on its own.
 */
final class ComposedStore implements Store {
  private static final Logger log = LoggerFactory.getLogger(ComposedStore.class);

  private static final Set<String> SPACES = Set.of(Keys.CURSORS, Keys.SESSIONS);

  private final Store main;
  private final Store cursors;
  private final StoreInfo info;

  /** It is safe to repeat everything that is asked of the cursors alone. */
  private final Breaker breaker;

  ComposedStore(Store main, Store cursors, Breaker breaker) {
    this.main = main;
    this.cursors = cursors;
    this.breaker = breaker;
    StoreInfo one = main.info();
    StoreInfo other = cursors.info();
    info =
        new StoreInfo(
            one.name() + "+" + other.name(),
            one.durability(),
            one.shared(),
            one.locking(),
            Moving.NO,
            Math.min(one.maxPayloadBytes(), other.maxPayloadBytes()),
            Math.min(one.maxCommitRows(), other.maxCommitRows()));
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  /** Whether a record may be in the store of the cursors. */
  static boolean isApart(RecordKey key) {
    return SPACES.contains(key.space());
  }

  // ---- writing ---------------------------------------------------------------------------------

  /** A commit without the records that are apart, and those. */
  private record Parts(Commit main, List<RecordWrite> apart) {
    static Parts of(Commit commit) {
      List<RecordWrite> apart = new ArrayList<>();
      List<RecordWrite> others = new ArrayList<>();
      for (RecordWrite write : commit.records()) {
        (isApart(write.key()) ? apart : others).add(write);
      }
      boolean conditional =
          apart.stream().anyMatch(write -> write.condition() == RecordWrite.Condition.IF_VERSION);
      if (conditional || commit.guards().stream().anyMatch(guard -> isApart(guard.key()))) {
        throw new StoreException(
            FAULT, "nothing may depend on records that are in another store", null);
      }
      return apart.isEmpty()
          ? new Parts(commit, apart)
          : new Parts(
              new Commit(
                  commit.nowMillis(),
                  commit.exclusive(),
                  commit.logs(),
                  commit.inboxes(),
                  commit.dedups(),
                  others,
                  commit.guards()),
              apart);
    }

    boolean hasMain() {
      return main.exclusive()
          || !(main.logs().isEmpty()
              && main.inboxes().isEmpty()
              && main.dedups().isEmpty()
              && main.records().isEmpty()
              && main.guards().isEmpty());
    }

    Commit apartOnly() {
      return Commit.ofRecords(main.nowMillis(), apart);
    }
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Parts parts = Parts.of(commit);
    if (parts.apart.isEmpty()) {
      return main.commit(commit);
    }
    if (!parts.hasMain()) {
      return breaker.call(() -> cursors.commit(parts.apartOnly()));
    }
    return thenApart(main.commit(parts.main), parts);
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    AtomicReference<@Nullable Parts> planned = new AtomicReference<>();
    CommitOutcome outcome =
        main.commitLocked(
            streams,
            heads ->
                plan.plan(heads)
                    .map(
                        commit -> {
                          Parts parts = Parts.of(commit);
                          planned.set(parts);
                          return parts.main;
                        }));
    Parts parts = planned.get();
    return parts == null || parts.apart.isEmpty() ? outcome : thenApart(outcome, parts);
  }

  /** What is in the main store counts, and it is there. */
  private CommitOutcome thenApart(CommitOutcome outcome, Parts parts) {
    if (outcome instanceof CommitOutcome.Committed) {
      try {
        CommitOutcome second = breaker.call(() -> cursors.commit(parts.apartOnly()));
        if (!(second instanceof CommitOutcome.Committed)) {
          log.warn("Cursors that belong to a commit were not written: {}", second);
        }
      } catch (StoreException e) {
        // That it is away was told; that it never will work was not.
        log.atLevel(e.effect() == FAULT ? Level.ERROR : Level.DEBUG)
            .setCause(e)
            .log("Cursors that belong to a commit were not written");
      }
    }
    return outcome;
  }

  // ---- reading ---------------------------------------------------------------------------------

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    List<RecordKey> apart = keys.stream().filter(ComposedStore::isApart).toList();
    if (apart.isEmpty()) {
      return main.records(keys);
    }
    List<RecordKey> others = keys.stream().filter(key -> !isApart(key)).toList();
    Map<RecordKey, StoredRecord> found = new HashMap<>(breaker.call(() -> cursors.records(apart)));
    if (!others.isEmpty()) {
      found.putAll(main.records(others));
    }
    return found;
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return SPACES.contains(space)
        ? breaker.call(() -> cursors.list(partition, space, afterId, limit))
        : main.list(partition, space, afterId, limit);
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return main.heads(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return main.dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return main.readLog(range);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return main.readInbox(inbox, after, limit, maxBytes);
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    return main.trim(trims, maxRows);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return main.removeExpiredDedups(nowMillis, limit);
  }

  @Override
  public WalkPage walk(String from, int limit) {
    throw new UnsupportedOperationException(
        info.name() + " are two stores: each is moved on its own");
  }

  @Override
  public MessageCacheCounts messageCache() {
    return main.messageCache();
  }

  @Override
  public void close() {
    try {
      main.close();
    } finally {
      cursors.close();
    }
  }
}
