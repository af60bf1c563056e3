package dev.restante.storage.memory;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One open handle on an area. Refuses what is too large; everything else the area decides. */
final class MemoryStore implements Store {
  private static final int MAX_PAYLOAD_BYTES = 16 << 20;
  private static final int MAX_COMMIT_ROWS = 100_000;
  private static final StoreInfo INFO =
      new StoreInfo(
          "memory",
          Durability.VOLATILE,
          true,
          true,
          Moving.IN_AND_OUT,
          MAX_PAYLOAD_BYTES,
          MAX_COMMIT_ROWS);

  private final Area area;
  private volatile boolean closed;

  MemoryStore(Area area) {
    this.area = area;
  }

  @Override
  public StoreInfo info() {
    return INFO;
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Refused refused = refusal(commit);
    return refused == null ? area().commit(commit) : refused;
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    Refusal refusal = new Refusal(plan);
    CommitOutcome outcome = area().commitLocked(streams, refusal);
    return refusal.refused == null ? outcome : refusal.refused;
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return area().heads(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return area().dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return area().readLog(range);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return area().readInbox(inbox, after, limit, maxBytes);
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return area().records(keys);
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return area().list(partition, space, afterId, limit);
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    return area().trim(trims, maxRows);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return area().removeExpiredDedups(nowMillis, limit);
  }

  @Override
  public WalkPage walk(String from, int limit) {
    return area().walk(from, limit);
  }

  @Override
  public void close() {
    closed = true;
  }

  private Area area() {
    if (closed) {
      throw new StoreException(StoreException.Effect.FAULT, "The memory store is closed", null);
    }
    return area;
  }

  private static @Nullable Refused refusal(Commit commit) {
    for (LogAppend append : commit.logs()) {
      for (int i = 0; i < append.rows().size(); i++) {
        LogRow row = append.rows().get(i);
        if (row.payload().length > MAX_PAYLOAD_BYTES) {
          return tooLarge("log row " + row.seq(), row.payload());
        }
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      for (int i = 0; i < append.rows().size(); i++) {
        InboxRow row = append.rows().get(i);
        if (row.payload().length > MAX_PAYLOAD_BYTES) {
          return tooLarge("inbox row " + row.position(), row.payload());
        }
      }
    }
    for (RecordWrite write : commit.records()) {
      if (write.payload().length > MAX_PAYLOAD_BYTES) {
        return tooLarge("record in space " + write.key().space(), write.payload());
      }
    }
    return null;
  }

  private static Refused tooLarge(String what, byte[] payload) {
    return new Refused(
        "The payload of %s has %d bytes, more than %d"
            .formatted(what, payload.length, MAX_PAYLOAD_BYTES));
  }

  /** Gives up where the plan asks for something too large, and remembers why. */
  private static final class Refusal implements LockedPlan {
    private final LockedPlan plan;
    private @Nullable Refused refused;

    Refusal(LockedPlan plan) {
      this.plan = plan;
    }

    @Override
    public Optional<Commit> plan(Map<StreamKey, StreamHead> heads) {
      Optional<Commit> commit = plan.plan(heads);
      refused = commit.map(MemoryStore::refusal).orElse(null);
      return refused == null ? commit : Optional.empty();
    }
  }
}
