package dev.restante.storage.tck;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.CellEngine;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Seen;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An engine in memory that changes one cell in one step and nothing else: between any two steps
 * others may come, the owner may die, or the step itself may land later. Who decides that is handed
 * in.
 */
class MemoryCells implements CellEngine {
  /** What engines may be like. */
  enum Form {
    /** A partition is a cell. */
    PARTITIONS,
    /** Each record is a cell of its own. */
    RECORDS_APART,
    /**
     * A partition is a cell, and all steps are sent at once: guards are looked at first, all cells
     * are taken that can be, and those behind the first that cannot are given back.
     */
    ALL_AT_ONCE
  }

  /** What all engines opened on one place share. */
  static final class Shared {
    final NaiveStore content = new NaiveStore(new NaiveStore.Data());
    final Map<Cell, Intent> intents = new TreeMap<>();
    final Map<String, Entry> records = new LinkedHashMap<>();
    final Set<String> begun = new HashSet<>();
    int names;
  }

  /** What a transaction will make of a cell. */
  record Intent(String transaction, Part part) {}

  /** The record of a transaction. */
  record Entry(Decision decision, boolean exclusive, List<Cell> cells, List<RecordKey> guarded) {
    Entry with(Decision wanted) {
      return new Entry(wanted, exclusive, cells, guarded);
    }
  }

  /** Takes the steps of one engine, one by one. */
  interface Steps {
    /**
     * Takes one step.
     *
     * @param name what it does
     * @param writes whether it changes anything
     */
    <T> T take(String name, boolean writes, Supplier<T> step);

    /** Another look at what is pending. */
    void pause(int nth);
  }

  /** Steps that are taken at once. Nobody is waited for: others come only when they are told to. */
  static final Steps AT_ONCE = atOnce(0);

  /** The same among real threads. */
  private static final Steps AMONG_OTHERS = atOnce(20_000);

  private static Steps atOnce(long pauseNanos) {
    return new Steps() {
      @Override
      public <T> T take(String name, boolean writes, Supplier<T> step) {
        return step.get();
      }

      @Override
      public void pause(int nth) {
        LockSupport.parkNanos(pauseNanos << Math.min(nth, 10));
      }
    };
  }

  final Shared shared;
  private final Form form;
  private final Steps steps;

  /** Set while a store is opened that is to repair nothing. */
  boolean opening;

  MemoryCells(Shared shared, Form form, Steps steps) {
    this.shared = shared;
    this.form = form;
    this.steps = steps;
  }

  /** A place for the contract suite. */
  static final class Harness implements StoreHarness {
    private final Form form;
    private Shared shared = new Shared();

    Harness(Form form) {
      this.form = form;
    }

    @Override
    public Storage storage() {
      Shared place = shared;
      return new Storage() {
        @Override
        public String description() {
          return "cells in memory";
        }

        @Override
        public Store open(StoreContext context) {
          return CellStore.open(new MemoryCells(place, form, AMONG_OTHERS));
        }
      };
    }

    @Override
    public void wipe() {
      shared = new Shared();
    }
  }

  <T> T step(String name, boolean writes, Supplier<T> step) {
    return steps.take(
        name,
        writes,
        () -> {
          synchronized (shared) {
            return step.get();
          }
        });
  }

  @Override
  public StoreInfo info() {
    return new StoreInfo(
        "cells", Durability.VOLATILE, true, true, Moving.NO, NaiveStore.MAX_PAYLOAD_BYTES, 10_000);
  }

  @Override
  public boolean recordsApart() {
    return form == Form.RECORDS_APART;
  }

  @Override
  public Optional<Refused> refusal(Commit commit) {
    return Optional.empty();
  }

  // ---- writing ---------------------------------------------------------------------------------

  @Override
  public String newTransaction() {
    synchronized (shared) {
      return "t" + ++shared.names;
    }
  }

  @Override
  public Step apply(Part part) {
    return step(
        "apply",
        true,
        () -> {
          Step checked = checked(0, part);
          return checked instanceof Step.Done ? write(part) : checked;
        });
  }

  /** Writes a part, within a step. */
  Step write(Part part) {
    CommitOutcome outcome = shared.content.commit(part.commit());
    return outcome instanceof CommitOutcome.Committed ? Step.DONE : new Step.Ended(outcome);
  }

  /** Whether a cell is free and as a part expects it, within a step. */
  Step checked(int index, Part part) {
    Intent intent = shared.intents.get(part.cell());
    if (intent != null) {
      return new Step.Blocked(index, new Met(part.cell(), intent.transaction(), false));
    }
    return shared.content.problem(part.commit()).<Step>map(Step.Ended::new).orElse(Step.DONE);
  }

  @Override
  public Step prepare(String transaction, List<Part> parts, int from, int until) {
    if (from == 0) {
      beginOnce(transaction, parts);
    }
    return takeAll(transaction, parts, from, until);
  }

  Step takeAll(String transaction, List<Part> parts, int from, int until) {
    return form == Form.ALL_AT_ONCE
        ? takenAtOnce(transaction, parts, from, until)
        : takenInTurn(transaction, parts, from, until);
  }

  private Step takenInTurn(String transaction, List<Part> parts, int from, int until) {
    for (int i = from; i < until; i++) {
      Part part = parts.get(i);
      Step taken = part.guardsAlone() ? look(i, part) : take(transaction, i, part);
      if (!(taken instanceof Step.Done)) {
        return taken;
      }
    }
    return Step.DONE;
  }

  private Step takenAtOnce(String transaction, List<Part> parts, int from, int until) {
    Map<Integer, Step> steps = new TreeMap<>();
    for (int i = from; i < until; i++) {
      if (parts.get(i).guardsAlone()) {
        steps.put(i, look(i, parts.get(i)));
      }
    }
    for (int i = from; i < until; i++) {
      if (!parts.get(i).guardsAlone()) {
        steps.put(i, take(transaction, i, parts.get(i)));
      }
    }
    for (Map.Entry<Integer, Step> each : steps.entrySet()) {
      if (each.getValue() instanceof Step.Blocked) {
        giveBack(transaction, parts.subList(each.getKey() + 1, until));
      }
      if (!(each.getValue() instanceof Step.Done)) {
        return each.getValue();
      }
    }
    return Step.DONE;
  }

  /** Cells that were taken behind one that could not be. */
  void giveBack(String transaction, List<Part> parts) {
    settle(
        transaction,
        false,
        parts.stream().filter(part -> !part.guardsAlone()).map(Part::cell).toList());
  }

  private void beginOnce(String transaction, List<Part> parts) {
    synchronized (shared) {
      if (!shared.begun.add(transaction)) {
        throw new AssertionError(transaction + " begins a second time");
      }
    }
    begin(transaction, parts);
  }

  void begin(String transaction, List<Part> parts) {
    step(
        "begin",
        true,
        () ->
            shared.records.putIfAbsent(
                transaction,
                new Entry(
                    Decision.PENDING,
                    parts.get(0).commit().exclusive(),
                    parts.stream().filter(each -> !each.guardsAlone()).map(Part::cell).toList(),
                    parts.stream()
                        .filter(Part::guardsAlone)
                        .flatMap(each -> each.commit().guards().stream())
                        .map(Guard::key)
                        .toList())));
  }

  /** Looks at what is guarded, and leaves nothing. */
  Step look(int index, Part part) {
    return step(
        "look at a guard",
        false,
        () -> {
          Intent intent = shared.intents.get(part.cell());
          if (intent != null && changesWhatIsGuarded(intent, part)) {
            return new Step.Blocked(index, new Met(part.cell(), intent.transaction(), false));
          }
          return shared.content.problem(part.commit()).<Step>map(Step.Ended::new).orElse(Step.DONE);
        });
  }

  boolean changesWhatIsGuarded(Intent intent, Part guarding) {
    return intent.part().commit().records().stream()
        .anyMatch(
            write ->
                guarding.commit().guards().stream()
                    .anyMatch(guard -> guard.key().equals(write.key())));
  }

  Step take(String transaction, int index, Part part) {
    return step(
        "prepare",
        true,
        () -> {
          Step checked = checked(index, part);
          if (checked instanceof Step.Done) {
            leave(transaction, part);
          }
          return checked;
        });
  }

  /** Leaves an intent, within a step. */
  boolean leave(String transaction, Part part) {
    return shared.intents.put(part.cell(), new Intent(transaction, part)) == null;
  }

  @Override
  public Decision decide(String transaction, Decision wanted) {
    return step(
        "decide",
        true,
        () -> {
          shared.records.computeIfPresent(transaction, (any, entry) -> decided(entry, wanted));
          return decision(transaction);
        });
  }

  Entry decided(Entry entry, Decision wanted) {
    return entry.decision() == Decision.PENDING ? entry.with(wanted) : entry;
  }

  /** Where a transaction stands, within a step. */
  Decision decision(String transaction) {
    Entry entry = shared.records.get(transaction);
    return entry == null ? Decision.GONE : entry.decision();
  }

  @Override
  public Map<String, Decision> decisions(Collection<String> transactions) {
    Map<String, Decision> found = new TreeMap<>();
    for (String transaction : transactions) {
      found.put(transaction, step("look up", false, () -> decision(transaction)));
    }
    return found;
  }

  @Override
  public void settle(String transaction, boolean committed, List<Cell> cells) {
    for (Cell cell : cells) {
      step(
          "settle",
          true,
          () -> {
            Intent intent = shared.intents.get(cell);
            if (intent != null && isOf(transaction, intent)) {
              if (committed) {
                shared.content.apply(intent.part().commit());
              }
              shared.intents.remove(cell);
            }
            return true;
          });
    }
  }

  boolean isOf(String transaction, Intent intent) {
    return intent.transaction().equals(transaction);
  }

  @Override
  public void forget(String transaction) {
    step("forget", true, () -> Optional.ofNullable(shared.records.remove(transaction)));
  }

  @Override
  public List<Unfinished> unfinished(int limit) {
    if (opening) {
      return List.of();
    }
    return step(
        "look for unfinished",
        false,
        () ->
            shared.records.entrySet().stream()
                .limit(limit)
                .map(
                    entry ->
                        new Unfinished(
                            entry.getKey(),
                            entry.getValue().exclusive(),
                            entry.getValue().cells(),
                            entry.getValue().guarded()))
                .toList());
  }

  @Override
  public void pause(int nth) {
    steps.pause(nth);
  }

  // ---- reading ---------------------------------------------------------------------------------

  /** Notes the intent that is in a cell, within a step. */
  void meet(Cell cell, List<Met> met) {
    Intent intent = shared.intents.get(cell);
    if (intent != null) {
      met.add(new Met(cell, intent.transaction(), false));
    }
  }

  private Cell cellOf(RecordKey key) {
    return recordsApart() ? Cell.of(key) : Cell.of(key.partition());
  }

  @Override
  public Seen<List<StreamHead>> heads(List<StreamKey> streams) {
    List<Met> met = new ArrayList<>();
    List<StreamHead> heads = new ArrayList<>();
    for (StreamKey stream : streams) {
      heads.add(
          step(
              "read a head",
              false,
              () -> {
                meet(Cell.of(stream), met);
                return shared.content.head(stream);
              }));
    }
    return new Seen<>(heads, met);
  }

  @Override
  public Seen<Map<DedupKey, DedupRow>> dedups(Collection<DedupKey> keys) {
    List<Met> met = new ArrayList<>();
    Map<DedupKey, DedupRow> found = new HashMap<>();
    Map<StreamKey, List<DedupKey>> byLog = new HashMap<>();
    keys.forEach(key -> byLog.computeIfAbsent(key.log(), any -> new ArrayList<>()).add(key));
    byLog.forEach(
        (log, ofLog) ->
            found.putAll(
                step(
                    "read dedups",
                    false,
                    () -> {
                      meet(Cell.of(log), met);
                      return shared.content.dedups(ofLog);
                    })));
    return new Seen<>(found, met);
  }

  @Override
  public Seen<LogSlice> readLog(LogRange range) {
    List<Met> met = new ArrayList<>();
    LogSlice slice =
        step(
            "read a log",
            false,
            () -> {
              meet(Cell.of(range.log()), met);
              return shared.content.readLog(range);
            });
    return new Seen<>(slice, met);
  }

  /** Rows first, then the log rows one by one: no engine of this kind does both at once. */
  @Override
  public Seen<InboxSlice> readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    List<Met> met = new ArrayList<>();
    StreamHead[] head = {StreamHead.EMPTY};
    List<InboxRow> rows =
        step(
            "read an inbox",
            false,
            () -> {
              meet(Cell.of(inbox), met);
              head[0] = shared.content.head(inbox);
              return List.copyOf(shared.content.inbox(inbox).tailMap(after, false).values());
            });
    List<InboxItem> items = new ArrayList<>();
    long bytes = 0;
    for (InboxRow row : rows) {
      InboxItem item = new InboxItem(row, referred(row, met));
      bytes += shared.content.size(item);
      if (shared.content.isFull(items.size(), bytes, limit, maxBytes)) {
        long scannedTo = items.get(items.size() - 1).row().position();
        return new Seen<>(new InboxSlice(items, scannedTo, true, head[0].floor()), met);
      }
      items.add(item);
    }
    long scannedTo = Math.max(after, head[0].head());
    return new Seen<>(new InboxSlice(items, scannedTo, false, head[0].floor()), met);
  }

  private @Nullable LogRow referred(InboxRow row, List<Met> met) {
    StreamKey log = row.log();
    if (log == null) {
      return null;
    }
    return step(
            "read a log row",
            false,
            () -> {
              LogRow found = shared.content.log(log).get(row.seq());
              if (found == null) {
                meet(Cell.of(log), met);
              }
              return Optional.ofNullable(found);
            })
        .orElse(null);
  }

  @Override
  public Seen<Map<RecordKey, StoredRecord>> records(Collection<RecordKey> keys) {
    List<Met> met = new ArrayList<>();
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    for (RecordKey key : keys) {
      found.putAll(
          step(
              "read a record",
              false,
              () -> {
                meet(cellOf(key), met);
                return shared.content.records(List.of(key));
              }));
    }
    return new Seen<>(found, met);
  }

  @Override
  public Seen<List<StoredRecord>> list(
      StreamKey partition, String space, String afterId, int limit) {
    List<Met> met = new ArrayList<>();
    List<StoredRecord> listed =
        step(
            "list records",
            false,
            () -> {
              shared.intents.keySet().stream()
                  .filter(cell -> cell.partition().equals(partition))
                  .forEach(cell -> meet(cell, met));
              return shared.content.list(partition, space, afterId, limit);
            });
    return new Seen<>(listed, met);
  }

  // ---- removing --------------------------------------------------------------------------------

  @Override
  public Seen<Long> trim(Trim trim, int maxRows) {
    List<Met> met = new ArrayList<>();
    long floor =
        step(
            "trim",
            true,
            () -> {
              meet(Cell.of(trim.stream()), met);
              return met.isEmpty()
                  ? shared.content.trim(trim.stream(), trim.through(), maxRows)
                  : 0L;
            });
    return new Seen<>(floor, met);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return step("sweep", true, () -> shared.content.removeExpiredDedups(nowMillis, limit));
  }

  @Override
  public void close() {
    // Nothing was opened.
  }
}
