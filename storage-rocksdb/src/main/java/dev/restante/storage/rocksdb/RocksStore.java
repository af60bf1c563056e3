package dev.restante.storage.rocksdb;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
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
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** The store on RocksDB. Safe for use by many threads. */
final class RocksStore implements Store {
  static final int MAX_PAYLOAD_BYTES = 16 << 20;
  static final int MAX_COMMIT_ROWS = 10_000;

  /** How many submits are removed before others may write. */
  private static final int SWEEP = 10_000;

  private static final StoreInfo INFO =
      new StoreInfo("rocksdb", Durability.LOCAL, false, true, MAX_PAYLOAD_BYTES, MAX_COMMIT_ROWS);

  private final Engine engine;

  RocksStore(Engine engine) {
    this.engine = engine;
  }

  @Override
  public StoreInfo info() {
    return INFO;
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    Refused refused = refusal(commit);
    if (refused != null) {
      return refused;
    }
    try {
      return engine.write(opened -> commit(opened, commit));
    } catch (Bytes.Unfit e) {
      return new Refused(String.valueOf(e.getMessage()));
    }
  }

  private static CommitOutcome commit(Engine.Opened opened, Commit commit) throws RocksDBException {
    CommitWork work = new CommitWork(opened, commit);
    CommitOutcome outcome = work.run();
    opened.sweeper().added(work.firstExpiryMillis());
    return outcome;
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    try {
      return engine.write(opened -> commitLocked(opened, streams, plan));
    } catch (Bytes.Unfit e) {
      return new Refused(String.valueOf(e.getMessage()));
    }
  }

  /** Who writes is alone, so every stream is locked. */
  private static CommitOutcome commitLocked(
      Engine.Opened opened, List<StreamKey> streams, LockedPlan plan) throws RocksDBException {
    Map<StreamKey, StreamHead> heads = new LinkedHashMap<>();
    for (StreamKey stream : streams) {
      heads.put(stream, opened.streams().head(stream));
    }
    Optional<Commit> commit = plan.plan(heads);
    if (commit.isEmpty()) {
      return new Conflict(Cause.UNSPECIFIED);
    }
    Refused refused = refusal(commit.get());
    return refused != null ? refused : commit(opened, commit.get());
  }

  private static @Nullable Refused refusal(Commit commit) {
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        if (row.payload().length > MAX_PAYLOAD_BYTES) {
          return tooLarge("log row " + row.seq(), row.payload());
        }
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      for (InboxRow row : append.rows()) {
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

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return engine.read(opened -> opened.reads().heads(streams));
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return engine.read(opened -> opened.reads().dedups(keys));
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return engine.read(opened -> opened.reads().log(range));
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return engine.read(opened -> opened.reads().inbox(inbox, after, limit, maxBytes));
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return engine.read(opened -> opened.reads().records(keys));
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return engine.read(opened -> opened.reads().list(partition, space, afterId, limit));
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    List<Long> floors = new ArrayList<>(trims.size());
    do {
      List<Trim> left = trims.subList(floors.size(), trims.size());
      floors.addAll(engine.write(opened -> trim(opened, left, maxRows)));
    } while (floors.size() < trims.size());
    return floors;
  }

  private static List<Long> trim(Engine.Opened opened, List<Trim> trims, int maxRows)
      throws RocksDBException {
    try (TrimWork work = new TrimWork(opened.database(), opened.streams(), maxRows)) {
      return work.run(trims);
    }
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    int removed = 0;
    int asked;
    int got;
    do {
      asked = Math.min(limit - removed, SWEEP);
      int most = asked;
      got = engine.write(opened -> opened.sweeper().sweep(nowMillis, most));
      removed += got;
    } while (got == asked && removed < limit);
    return removed;
  }

  @Override
  public void close() {
    engine.close();
  }
}
