package dev.restante.storage.migration;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One node's way to a store, on which anything can happen. A mutant overrides what it spoils. */
class Wire implements Store {
  /** What a call does. */
  enum Kind {
    READS,
    /** It may be done later than it is told to have failed. */
    WRITES,
    /** It may be done, and told to have failed. What is planned within a call is not done later. */
    PLANS
  }

  /** What happens around a call. */
  interface Weather {
    <T> T around(Kind kind, Supplier<T> call);
  }

  final Store good;
  private final Weather weather;

  Wire(Store good, Weather weather) {
    this.good = good;
    this.weather = weather;
  }

  @Override
  public StoreInfo info() {
    return good.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    return weather.around(Kind.WRITES, () -> good.commit(commit));
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    return weather.around(Kind.PLANS, () -> good.commitLocked(streams, plan));
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return weather.around(Kind.READS, () -> good.heads(streams));
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return weather.around(Kind.READS, () -> good.dedups(keys));
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return weather.around(Kind.READS, () -> good.readLog(range));
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return weather.around(Kind.READS, () -> good.readInbox(inbox, after, limit, maxBytes));
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return weather.around(Kind.READS, () -> good.records(keys));
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return weather.around(Kind.READS, () -> good.list(partition, space, afterId, limit));
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    return weather.around(Kind.WRITES, () -> good.trim(trims, maxRows));
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return weather.around(Kind.WRITES, () -> good.removeExpiredDedups(nowMillis, limit));
  }

  @Override
  public WalkPage walk(String from, int limit) {
    return weather.around(Kind.READS, () -> good.walk(from, limit));
  }

  @Override
  public void close() {}
}
