package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.pause;
import static dev.restante.storage.tck.NaiveStore.without;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.text.Normalizer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Breaks remembered submits (D) and records (R). */
final class ValueMutants {
  private ValueMutants() {}

  static Stream<Mutant> all() {
    return Stream.concat(dedups(), records());
  }

  private static Stream<Mutant> dedups() {
    return Stream.of(
        new Mutant(
            "D1",
            "remembers a submit anew",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean dedupConflict(DedupRow row, long nowMillis) {
                    return false;
                  }
                }),
        new Mutant(
            "D2",
            "asks a clock of its own",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean dedupConflict(DedupRow row, long nowMillis) {
                    return super.dedupConflict(row, System.currentTimeMillis());
                  }
                }),
        new Mutant(
            "D3",
            "keeps the expired row",
            data ->
                new NaiveStore(data) {
                  @Override
                  void remember(DedupRow row) {
                    data.dedups.putIfAbsent(row.key(), row);
                  }
                }),
        new Mutant(
            "D4",
            "insists on a row to replace",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean dedupConflict(DedupRow row, long nowMillis) {
                    return super.dedupConflict(row, nowMillis)
                        || (row.replacesExpired() && !data.dedups.containsKey(row.key()));
                  }
                }),
        new Mutant(
            "D5",
            "looks submits up and then writes",
            data -> new LookingFirst(data, row -> !row.replacesExpired())),
        new Mutant(
            "D6",
            "looks expired submits up and then replaces them",
            data -> new LookingFirst(data, DedupRow::replacesExpired)),
        new Mutant(
            "D7",
            "compares client ids as a person would",
            data ->
                new NaiveStore(data) {
                  @Override
                  DedupKey name(DedupKey key) {
                    String folded =
                        Normalizer.normalize(key.clientId(), Normalizer.Form.NFC)
                            .toLowerCase(Locale.ROOT)
                            .stripTrailing();
                    return new DedupKey(key.log(), key.sender(), folded);
                  }
                }),
        new Mutant(
            "D8",
            "hides expired submits",
            data ->
                new NaiveStore(data) {
                  @Override
                  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
                    Map<DedupKey, DedupRow> found = super.dedups(keys);
                    found
                        .values()
                        .removeIf(row -> row.expiresAtMillis() < System.currentTimeMillis());
                    return found;
                  }
                }),
        new Mutant(
            "D9",
            "sweeps without a bound",
            data ->
                new NaiveStore(data) {
                  @Override
                  public int removeExpiredDedups(long nowMillis, int limit) {
                    return super.removeExpiredDedups(nowMillis, Integer.MAX_VALUE);
                  }
                }),
        new Mutant(
            "D10",
            "sweeps a moment too early",
            data ->
                new NaiveStore(data) {
                  @Override
                  public int removeExpiredDedups(long nowMillis, int limit) {
                    return super.removeExpiredDedups(nowMillis + 1, limit);
                  }
                }));
  }

  private static Stream<Mutant> records() {
    return Stream.of(
        new Mutant(
            "R1",
            "does not set what is there",
            data ->
                new NaiveStore(data) {
                  @Override
                  void put(RecordWrite write) {
                    if (write.condition() != Condition.ALWAYS || version(write.key()) == 0) {
                      super.put(write);
                    }
                  }
                }),
        new Mutant(
            "R2",
            "replaces any version",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean writeConflict(RecordWrite write) {
                    return false;
                  }
                }),
        new Mutant(
            "R3",
            "raises backwards",
            data ->
                new NaiveStore(data) {
                  @Override
                  void put(RecordWrite write) {
                    super.put(RecordWrite.set(write.key(), write.version(), write.payload()));
                  }
                }),
        new Mutant(
            "R4",
            "calls a late raise a conflict",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean writeConflict(RecordWrite write) {
                    return super.writeConflict(write)
                        || (write.condition() == Condition.IF_GREATER
                            && write.version() <= version(write.key()));
                  }
                }),
        new Mutant(
            "R5",
            "keeps a removed record as version 0",
            data ->
                new NaiveStore(data) {
                  @Override
                  void put(RecordWrite write) {
                    super.put(write);
                    if (write.version() == 0) {
                      data.records.put(
                          write.key(), new StoredRecord(write.key(), 0, write.payload()));
                    }
                  }
                }),
        new Mutant(
            "R6",
            "finds absent records as version 0",
            data ->
                new NaiveStore(data) {
                  @Override
                  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
                    Map<RecordKey, StoredRecord> found = new HashMap<>(super.records(keys));
                    keys.forEach(
                        key -> found.putIfAbsent(key, new StoredRecord(key, 0, new byte[0])));
                    return found;
                  }
                }),
        new Mutant(
            "R7",
            "lists in the order of UTF-16",
            data ->
                new NaiveStore(data) {
                  @Override
                  Comparator<String> order() {
                    return Comparator.naturalOrder();
                  }
                }),
        new Mutant(
            "R8",
            "lists the record that the last page ended with again",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean follows(String id, String afterId) {
                    return !id.isEmpty() && order().compare(id, afterId) >= 0;
                  }
                }),
        new Mutant(
            "R9",
            "lists the record without an id",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean follows(String id, String afterId) {
                    return super.follows(id, afterId) || (id.isEmpty() && afterId.isEmpty());
                  }
                }),
        new Mutant(
            "R10",
            "lists the records of other tenants",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean isIn(RecordKey key, StreamKey partition, String space) {
                    return super.isIn(
                        new RecordKey(
                            new StreamKey(
                                key.partition().kind(), partition.tenant(), key.partition().name()),
                            key.space(),
                            key.id()),
                        partition,
                        space);
                  }
                }),
        new Mutant(
            "R11",
            "compares versions and then writes",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    synchronized (data) {
                      if (commit.records().stream().anyMatch(this::writeConflict)) {
                        return new Conflict(Cause.RECORD);
                      }
                    }
                    pause();
                    synchronized (data) {
                      apply(commit);
                      return CommitOutcome.COMMITTED;
                    }
                  }
                }),
        new Mutant(
            "R12",
            "compares what it raises and then writes",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    RecordWrite raise = commit.records().get(0);
                    synchronized (data) {
                      if (raise.version() <= version(raise.key())) {
                        return CommitOutcome.COMMITTED;
                      }
                    }
                    pause();
                    if (raise.version() % 2 == 1) {
                      pause(); // the lower of the two writes last
                    }
                    synchronized (data) {
                      put(RecordWrite.set(raise.key(), raise.version(), raise.payload()));
                      return CommitOutcome.COMMITTED;
                    }
                  }
                }));
  }

  /** Checks some submits in one step and writes them in another. */
  private static final class LookingFirst extends NaiveStore {
    private final Predicate<DedupRow> careless;

    LookingFirst(Data data, Predicate<DedupRow> careless) {
      super(data);
      this.careless = careless;
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      List<DedupRow> looked = commit.dedups().stream().filter(careless).toList();
      synchronized (data) {
        if (looked.stream().anyMatch(row -> dedupConflict(row, commit.nowMillis()))) {
          return new Conflict(Cause.DUPLICATE);
        }
      }
      pause();
      synchronized (data) {
        CommitOutcome outcome = super.commit(without(commit, looked, List.of(), List.of()));
        if (outcome.equals(CommitOutcome.COMMITTED)) {
          looked.forEach(this::remember);
        }
        return outcome;
      }
    }
  }
}
