package dev.restante.storage.redis;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.CellEngine;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Met;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Pauses;
import dev.restante.storage.cells.Seen;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a store on Redis Cluster. A cell is a stream with its submits and records: each step
 * is a script in the cell's slot. Steps on many cells go to all masters at once.
 */
final class ClusterEngine implements CellEngine {
  private final Shards shards;
  private final Keys keys;
  private final StoreInfo info;
  private final Pauses pauses;
  private final Taking taking;
  private final Decisions decisions;
  private final InboxReading inboxes;
  private final AtomicInteger sweptLast = new AtomicInteger();

  ClusterEngine(Shards shards, Keys keys, Durability durability, Duration callTimeout) {
    this.shards = shards;
    this.keys = keys;
    this.info = Limits.info(durability, Moving.NO);
    this.pauses = new Pauses(callTimeout);
    this.decisions = new Decisions(shards, keys);
    this.taking = new Taking(shards, keys, decisions);
    this.inboxes = new InboxReading(shards, keys);
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public boolean recordsApart() {
    return false;
  }

  @Override
  public Optional<Refused> refusal(Commit commit) {
    return Limits.refusal(commit).or(() -> Limits.refusalOfNames(commit));
  }

  // ---- writing ---------------------------------------------------------------------------------

  @Override
  public String newTransaction() {
    return decisions.newTransaction();
  }

  @Override
  public Step apply(Part part) {
    return taking.apply(part);
  }

  @Override
  public Step prepare(String transaction, List<Part> parts, int from, int until) {
    return taking.prepare(transaction, parts, from, until);
  }

  @Override
  public Decision decide(String transaction, Decision wanted) {
    return decisions.decide(transaction, wanted);
  }

  @Override
  public void abort(Collection<String> transactions) {
    decisions.abort(transactions);
  }

  @Override
  public Map<String, Decision> decisions(Collection<String> transactions) {
    return decisions.of(transactions);
  }

  @Override
  public void settle(String transaction, boolean committed, List<Cell> cells) {
    taking.settle(transaction, committed, cells);
  }

  @Override
  public void forget(String transaction) {
    decisions.forget(transaction);
  }

  @Override
  public List<Unfinished> unfinished(int limit) {
    return decisions.unfinished(limit);
  }

  @Override
  public void pause(int nth) {
    pauses.pause(nth);
  }

  // ---- reading ---------------------------------------------------------------------------------

  @Override
  public Seen<List<StreamHead>> heads(List<StreamKey> streams) {
    List<Call> calls =
        streams.stream()
            .map(
                stream ->
                    new Call(Script.HEADS).key(keys.stream(stream)).ofCell(keys.intent(stream)))
            .toList();
    List<Object> answers = shards.call(calls);
    List<StreamHead> heads = new ArrayList<>(streams.size());
    List<Met> met = new ArrayList<>();
    for (int i = 0; i < streams.size(); i++) {
      Look look = Look.of(answers.get(i));
      look.meet(streams.get(i), met);
      Answer answer = look.answer();
      heads.add(Rows.head(answer.number(), answer.number(), answer.bytes()));
    }
    return new Seen<>(heads, met);
  }

  /** What is found will be answered as accepted: so it has to be where a commit has to be. */
  @Override
  public Seen<Map<DedupKey, DedupRow>> dedups(Collection<DedupKey> asked) {
    Lots<DedupKey> lots = new Lots<>();
    asked.forEach(key -> lots.add(key.log(), key));
    List<Call> calls =
        lots.map(
            (log, lot) -> {
              Call call = new Call(Script.SUBMITS).key(keys.submits(Keys.tag(log)));
              lot.forEach(key -> call.argument(Rows.field(key)));
              return call.ofCell(keys.intent(log));
            });
    List<Object> answers =
        shards.callDurably(calls, each -> LookupScript.found(Look.of(each).value()));
    List<Met> met = new ArrayList<>();
    Map<DedupKey, DedupRow> found = new HashMap<>();
    lots.forEach(
        answers,
        (log, lot, look) -> {
          look.meet(log, met);
          LookupScript.take(
              lot, look.value(), (key, value) -> found.put(key, Rows.dedupRow(key, value)));
        });
    return new Seen<>(found, met);
  }

  @Override
  public Seen<LogSlice> readLog(LogRange range) {
    Watch watch = new Watch(range.log());
    LogSlice slice = new LogScript(watch, keys).run(range);
    return new Seen<>(slice, watch.met());
  }

  @Override
  public Seen<InboxSlice> readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return inboxes.read(inbox, after, limit, maxBytes);
  }

  @Override
  public Seen<Map<RecordKey, StoredRecord>> records(Collection<RecordKey> asked) {
    Lots<RecordKey> lots = new Lots<>();
    asked.forEach(key -> lots.add(key.partition(), key));
    List<Call> calls =
        lots.map(
            (partition, lot) -> {
              Call call = new Call(Script.LOOKUP);
              for (RecordKey key : lot) {
                call.key(keys.records(partition)).argument(Rows.field(key.space(), key.id()));
              }
              return call.ofCell(keys.intent(partition));
            });
    List<Object> answers = shards.call(calls);
    List<Met> met = new ArrayList<>();
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    lots.forEach(
        answers,
        (partition, lot, look) -> {
          look.meet(partition, met);
          LookupScript.take(
              lot, look.value(), (key, value) -> found.put(key, Rows.storedRecord(key, value)));
        });
    return new Seen<>(found, met);
  }

  @Override
  public Seen<List<StoredRecord>> list(
      StreamKey partition, String space, String afterId, int limit) {
    Watch watch = new Watch(partition);
    List<StoredRecord> found = new ListScript(watch, keys).run(partition, space, afterId, limit);
    return new Seen<>(found, watch.met());
  }

  /** Lets a script that knows no cells look at one. For one thread. */
  private final class Watch implements Calls {
    private final StreamKey cell;
    private final LinkedHashSet<Met> met = new LinkedHashSet<>();

    Watch(StreamKey cell) {
      this.cell = cell;
    }

    List<Met> met() {
      return List.copyOf(met);
    }

    @Override
    public Object call(Call call) {
      Look look = Look.of(shards.call(call.ofCell(keys.intent(cell))));
      look.meet(cell, met);
      return look.value();
    }

    @Override
    public Object callDurably(Call call, Function<Object, Durable> wrote) {
      throw new UnsupportedOperationException("A look writes nothing");
    }
  }

  // ---- removing --------------------------------------------------------------------------------

  /** Large trims go by turns. An intent that comes between two of them ends it before its end. */
  @Override
  public Seen<Long> trim(Trim trim, int maxRows) {
    List<Met> met = new ArrayList<>();
    int left = maxRows;
    long floor = 0;
    for (boolean first = true; ; first = false) {
      Call call = TrimScript.call(keys, trim, left).ofCell(keys.intent(trim.stream()));
      Look look = Look.of(shards.call(call));
      if (look.isTaken()) {
        if (first) {
          look.meet(trim.stream(), met);
        }
        return new Seen<>(floor, met);
      }
      TrimScript.Turn turn = TrimScript.Turn.of(look.answer());
      floor = turn.floor();
      left -= turn.removed();
      if (!turn.again()) {
        return new Seen<>(floor, met);
      }
    }
  }

  /**
   * Begins where the last sweep ended: no tag waits for ever behind the others, nor behind one
   * whose slot moves. Where a second one fails it is more than that, and each would take its time.
   *
   * <p>Whatever fails, no more are removed than was asked for: what was removed before counts, and
   * so does what may have been.
   */
  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    List<Call> calls = new ArrayList<>();
    for (int tag = 0; tag < Tags.COUNT; tag++) {
      calls.add(new Call(Script.DUE).key(keys.expiries(tag)).number(SweepScript.latest(nowMillis)));
    }
    Shards.Answers due = shards.callEach(calls);
    @Nullable StoreException failure = due.failure();
    boolean failed = false;
    SweepScript sweep = new SweepScript(shards);
    int removed = 0;
    int room = limit;
    int begin = sweptLast.get();
    for (int i = 0; i < Tags.COUNT && room > 0; i++) {
      int tag = (begin + i) % Tags.COUNT;
      if (due.answers().get(tag) instanceof Long spans && spans > 0) {
        sweptLast.set(tag);
        SweepScript.Swept swept = sweep.run(keys.submits(tag), keys.expiries(tag), nowMillis, room);
        removed += swept.removed();
        room -= swept.removed() + swept.inDoubt();
        StoreException why = swept.failure();
        if (why != null) {
          sweptLast.set((tag + 1) % Tags.COUNT);
          failure = Failures.worse(failure, why);
          if (failed) {
            break;
          }
          failed = true;
        }
      }
    }
    if (removed < limit && failure != null) {
      throw failure;
    }
    return removed;
  }

  @Override
  public void close() {
    pauses.close();
    shards.close();
  }
}
