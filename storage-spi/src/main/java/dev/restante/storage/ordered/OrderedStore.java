package dev.restante.storage.ordered;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store on an engine that keeps bytes in the order of keys, writes a batch in one step and reads
 * at a snapshot: all the rules of a store are kept here.
 *
 * <p>Writes follow each other, in the order of coming; any number of reads go on beside them. Heads
 * of streams and versions of records are remembered, which is sound because nobody else writes. A
 * writer's turn that does not come in time ends as {@link Effect#TRANSIENT}. After a write that
 * ended as {@link Effect#UNKNOWN}, and where the engine says that it cannot go on, the data are
 * closed and opened anew before the next call, and nothing that was remembered is believed; calls
 * fail as opening does for as long as that does not succeed.
 *
 * <p>Safe for use by many threads. {@link #close()} waits for the calls under way.
 */
public final class OrderedStore implements Store {
  /** How many submits are removed before others may write. */
  private static final int SWEEP = 10_000;

  private final Access access;

  private OrderedStore(Access access) {
    this.access = access;
  }

  /**
   * Opens a store.
   *
   * @param opening opens the engine: now, and again after each write of which nobody knows what
   *     became, and when it cannot go on; it fails with a {@link StoreException}, with {@link
   *     Effect#UNAVAILABLE} if somebody has the data open
   * @param callTimeout how long a call may wait for its turn to write
   * @param rememberedStreams of how many streams and records the heads, names and versions are kept
   *     in memory, some 300 bytes each; 0 for none
   * @throws IllegalArgumentException if {@code rememberedStreams} is negative, or the engine
   *     declares a store that is shared, or cannot lock or be moved in and out
   * @throws StoreException as opening does; with {@link Effect#FAULT} if a newer version of the
   *     library wrote the data
   */
  public static OrderedStore open(
      Supplier<? extends OrderedEngine> opening, Duration callTimeout, int rememberedStreams) {
    if (rememberedStreams < 0) {
      throw new IllegalArgumentException(
          "rememberedStreams must not be negative, is " + rememberedStreams);
    }
    return new OrderedStore(new Access(opening, callTimeout, rememberedStreams));
  }

  @Override
  public StoreInfo info() {
    return access.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Refused refused = refusal(commit);
    if (refused != null) {
      return refused;
    }
    try {
      return access.write(opened -> new Turn(opened, commit), Turn::take);
    } catch (Bytes.Unfit e) {
      return new Refused(String.valueOf(e.getMessage()));
    }
  }

  /** A commit that is ready for its turn. */
  private record Turn(Access.Opened opened, CommitWork work) {
    Turn(Access.Opened opened, Commit commit) {
      this(opened, new CommitWork(opened, commit));
    }

    CommitOutcome take() {
      CommitOutcome outcome = work.run();
      if (outcome instanceof CommitOutcome.Committed) {
        opened.sweeper().added(work.firstExpiryMillis());
      }
      return outcome;
    }
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    try {
      return access.write(opened -> commitLocked(opened, streams, plan));
    } catch (Bytes.Unfit e) {
      return new Refused(String.valueOf(e.getMessage()));
    }
  }

  /** Who writes is alone, so every stream is locked. */
  private CommitOutcome commitLocked(
      Access.Opened opened, List<StreamKey> streams, LockedPlan plan) {
    Map<StreamKey, StreamHead> heads = new LinkedHashMap<>();
    try (Snapshot now = opened.data().snapshot()) {
      for (StreamKey stream : streams) {
        heads.put(stream, opened.streams().head(now, stream));
      }
    }
    Optional<Commit> commit = plan.plan(heads);
    if (commit.isEmpty()) {
      return new Conflict(Cause.UNSPECIFIED);
    }
    Refused refused = refusal(commit.get());
    return refused != null ? refused : new Turn(opened, commit.get()).take();
  }

  private @Nullable Refused refusal(Commit commit) {
    int most = info().maxPayloadBytes();
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        if (row.payload().length > most) {
          return tooLarge("log row " + row.seq(), row.payload(), most);
        }
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      for (InboxRow row : append.rows()) {
        if (row.payload().length > most) {
          return tooLarge("inbox row " + row.position(), row.payload(), most);
        }
      }
    }
    for (RecordWrite write : commit.records()) {
      if (write.payload().length > most) {
        return tooLarge("record in space " + write.key().space(), write.payload(), most);
      }
    }
    return null;
  }

  private static Refused tooLarge(String what, byte[] payload, int most) {
    return new Refused(
        "The payload of %s has %d bytes, more than %d".formatted(what, payload.length, most));
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return access.read(opened -> opened.reads().heads(streams));
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return access.read(opened -> opened.reads().dedups(keys));
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return access.read(opened -> opened.reads().log(range));
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return access.read(opened -> opened.reads().inbox(inbox, after, limit, maxBytes));
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return access.read(opened -> opened.reads().records(keys));
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return access.read(opened -> opened.reads().list(partition, space, afterId, limit));
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    List<Long> floors = new ArrayList<>(trims.size());
    do {
      List<Trim> left = trims.subList(floors.size(), trims.size());
      floors.addAll(access.write(opened -> new TrimWork(opened, maxRows).run(left)));
    } while (floors.size() < trims.size());
    return floors;
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    int removed = 0;
    int asked;
    int got;
    do {
      asked = Math.min(limit - removed, SWEEP);
      int most = asked;
      got = access.write(opened -> opened.sweeper().sweep(nowMillis, most));
      removed += got;
    } while (got == asked && removed < limit);
    return removed;
  }

  @Override
  public WalkPage walk(String from, int limit) {
    Walk walk = Walk.from(from, limit);
    return access.read(opened -> walk.page(opened.data(), opened.streams()));
  }

  @Override
  public void close() {
    access.close();
  }
}
