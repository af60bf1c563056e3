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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Stores that look like one: the records that say where devices stand and which of their sessions
 * is the current one are in a store of their own, or those that say who does background work, or
 * both.
 *
 * <p>Just these may be apart, since nothing has to be written together with them.
 *
 * <p>Those of devices are written unconditionally or raised, never guarded on, and it is safe to
 * repeat that. What is in the main store counts: a device that is registered there and has no
 * cursor here begins with a snapshot, and a cursor of one that is not registered, or was at another
 * moment, is not looked at. So a commit that names both goes to the main store first, and is done
 * then: what does not arrive here afterwards is as if it had been lost here.
 *
 * <p>A {@link Lease} is written on conditions, and alone. What is done under it is guarded on a
 * fence in the main store.
 *
 * <p>A store beside the main one may be away: what only concerns it is then answered {@code
 * TRANSIENT}, which says to try again, and not {@code UNAVAILABLE}, by which the node would take
 * messages to be unwritable too. Nor does it keep the node's threads: see {@link Breaker}.
 *
 * <p>They are not moved to another store: each is moved on its own.
 */
final class ComposedStore implements Store {
  private static final Logger log = LoggerFactory.getLogger(ComposedStore.class);

  private final Store main;
  private final List<Part> parts;
  private final Map<String, Part> bySpace = new HashMap<>();
  private final StoreInfo info;

  /**
   * A store beside the main one.
   *
   * @param what is in it, for messages
   * @param spaces whose records are
   * @param breaker before it
   */
  record Part(String what, Store store, Set<String> spaces, Breaker breaker) {
    <T> T call(Function<Store, T> call) {
      return breaker.call(() -> call.apply(store));
    }
  }

  /**
   * @param parts of which no two have a space in common
   */
  ComposedStore(Store main, List<Part> parts) {
    this.main = main;
    this.parts = List.copyOf(parts);
    StoreInfo one = main.info();
    StringBuilder name = new StringBuilder(one.name());
    int maxPayloadBytes = one.maxPayloadBytes();
    int maxCommitRows = one.maxCommitRows();
    for (Part part : parts) {
      part.spaces.forEach(space -> bySpace.put(space, part));
      StoreInfo other = part.store.info();
      name.append('+').append(other.name());
      maxPayloadBytes = Math.min(maxPayloadBytes, other.maxPayloadBytes());
      maxCommitRows = Math.min(maxCommitRows, other.maxCommitRows());
    }
    info =
        new StoreInfo(
            name.toString(),
            one.durability(),
            one.shared(),
            one.locking(),
            Moving.NO,
            maxPayloadBytes,
            maxCommitRows);
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  /** Which store beside the main one a record is in; {@code null} if in the main one. */
  private @Nullable Part part(RecordKey key) {
    return bySpace.get(key.space());
  }

  // ---- writing ---------------------------------------------------------------------------------

  /** A commit without the records that are apart, and those. */
  private record Divided(Commit main, Map<Part, List<RecordWrite>> apart) {
    boolean hasMain() {
      return main.exclusive()
          || !(main.logs().isEmpty()
              && main.inboxes().isEmpty()
              && main.dedups().isEmpty()
              && main.records().isEmpty()
              && main.guards().isEmpty());
    }

    /** Whether all of it goes to one store beside the main one. */
    boolean isOfOne() {
      return !hasMain() && apart.size() == 1;
    }
  }

  private Divided divided(Commit commit) {
    Map<Part, List<RecordWrite>> apart = new LinkedHashMap<>();
    List<RecordWrite> others = new ArrayList<>();
    for (RecordWrite write : commit.records()) {
      Part part = part(write.key());
      (part == null ? others : apart.computeIfAbsent(part, each -> new ArrayList<>())).add(write);
    }
    Divided divided =
        apart.isEmpty()
            ? new Divided(commit, apart)
            : new Divided(
                new Commit(
                    commit.nowMillis(),
                    commit.exclusive(),
                    commit.logs(),
                    commit.inboxes(),
                    commit.dedups(),
                    others,
                    commit.guards()),
                apart);
    boolean conditional =
        apart.values().stream()
            .flatMap(List::stream)
            .anyMatch(
                write ->
                    write.condition() == RecordWrite.Condition.IF_VERSION
                        && !(divided.isOfOne() && write.key().space().equals(Keys.LEASES)));
    if (conditional || commit.guards().stream().anyMatch(guard -> part(guard.key()) != null)) {
      throw new StoreException(
          FAULT, "nothing may depend on records that are in another store", null);
    }
    return divided;
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Divided divided = divided(commit);
    if (divided.apart.isEmpty()) {
      return main.commit(commit);
    }
    if (divided.isOfOne()) {
      return divided.apart.keySet().iterator().next().call(store -> store.commit(commit));
    }
    return thenApart(
        divided.hasMain() ? main.commit(divided.main) : CommitOutcome.COMMITTED, divided);
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    AtomicReference<@Nullable Divided> planned = new AtomicReference<>();
    CommitOutcome outcome =
        main.commitLocked(
            streams,
            heads ->
                plan.plan(heads)
                    .map(
                        commit -> {
                          Divided divided = divided(commit);
                          planned.set(divided);
                          return divided.main;
                        }));
    Divided divided = planned.get();
    return divided == null ? outcome : thenApart(outcome, divided);
  }

  /** What is in the main store counts, and it is there. */
  private CommitOutcome thenApart(CommitOutcome outcome, Divided divided) {
    if (outcome instanceof CommitOutcome.Committed) {
      divided.apart.forEach(
          (part, writes) -> writeApart(part, Commit.ofRecords(divided.main.nowMillis(), writes)));
    }
    return outcome;
  }

  private static void writeApart(Part part, Commit commit) {
    try {
      CommitOutcome outcome = part.call(store -> store.commit(commit));
      if (!(outcome instanceof CommitOutcome.Committed)) {
        log.warn("The {} that belong to a commit were not written: {}", part.what, outcome);
      }
    } catch (StoreException e) {
      // That it is away was told; that it never will work was not.
      log.atLevel(e.effect() == FAULT ? Level.ERROR : Level.DEBUG)
          .setCause(e)
          .log("The {} that belong to a commit were not written", part.what);
    }
  }

  // ---- reading ---------------------------------------------------------------------------------

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    if (keys.stream().allMatch(key -> part(key) == null)) {
      return main.records(keys);
    }
    List<RecordKey> others = keys.stream().filter(key -> part(key) == null).toList();
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    for (Part part : parts) {
      List<RecordKey> apart = keys.stream().filter(key -> part.equals(part(key))).toList();
      if (!apart.isEmpty()) {
        found.putAll(part.call(store -> store.records(apart)));
      }
    }
    if (!others.isEmpty()) {
      found.putAll(main.records(others));
    }
    return found;
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    Part part = bySpace.get(space);
    return part == null
        ? main.list(partition, space, afterId, limit)
        : part.call(store -> store.list(partition, space, afterId, limit));
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
        info.name() + " are several stores: each is moved on its own");
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
      closeAll(parts.iterator());
    }
  }

  private static void closeAll(Iterator<Part> parts) {
    if (parts.hasNext()) {
      try {
        parts.next().store.close();
      } finally {
        closeAll(parts);
      }
    }
  }
}
