package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showLog;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory store and the naive one, which share no code, answer every history alike. */
final class MemoryAgainstNaiveTest {
  private static final int STEPS = 4_000;
  private static final List<StreamKey> LOGS =
      List.of(StreamKey.log(TENANT, "one"), StreamKey.log(TENANT, "two"));
  private static final List<StreamKey> INBOXES =
      List.of(StreamKey.inbox(TENANT, "one"), StreamKey.inbox("other", "one"));
  private static final List<String> IDS = List.of("", "a", "A", "\uffff", "\ud83d\ude00");

  private final Store memory = MemoryStorage.create().open(new StoreContext(Duration.ofSeconds(1)));
  private final Store naive = new NaiveStore(new NaiveStore.Data());
  private Random random = new Random();
  private long nowMillis;
  private int committed;
  private int conflicts;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void answerEveryHistoryAlike(long seed) {
    random = new Random(seed);
    for (int step = 0; step < STEPS; step++) {
      nowMillis += random.nextInt(3);
      String what = "seed " + seed + " step " + step;
      switch (random.nextInt(12)) {
        case 0 -> same(what, trim());
        case 1 -> same(what, this::sweep);
        case 2, 3 -> same(what, inboxRead());
        case 4 -> same(what, logRead());
        case 5 -> same(what, lookUps());
        default -> same(what, commit());
      }
    }
    assertThat(committed).as("commits, on both").isGreaterThan(500);
    assertThat(conflicts).as("conflicts, on both").isGreaterThan(500);
  }

  private void same(String what, Function<Store, Object> call) {
    assertThat(call.apply(memory)).as(what).isEqualTo(call.apply(naive));
  }

  private Function<Store, Object> commit() {
    CommitBuilder commit = new CommitBuilder().at(nowMillis);
    LOGS.stream().filter(any -> random.nextBoolean()).forEach(log -> append(commit, log));
    INBOXES.stream().filter(any -> random.nextBoolean()).forEach(box -> append(commit, box));
    if (random.nextInt(3) == 0) {
      commit.dedup(
          new DedupRow(submit(), random.nextLong(), 1, 2, nowMillis + 5, random.nextBoolean()));
    }
    Set<RecordKey> changed = new HashSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      RecordKey key = record();
      if (changed.add(key)) {
        commit.record(change(key));
      }
    }
    if (random.nextInt(8) == 0) {
      commit.guard(record(), random.nextInt(4));
    }
    return store -> {
      CommitOutcome outcome = store.commit(commit.build());
      committed += outcome instanceof CommitOutcome.Committed ? 1 : 0;
      conflicts += outcome instanceof CommitOutcome.Conflict ? 1 : 0;
      return outcome.getClass();
    };
  }

  /** Mostly at the right head, sometimes beside it. */
  private void append(CommitBuilder commit, StreamKey stream) {
    long head = naive.heads(List.of(stream)).get(0).head();
    long off = random.nextInt(10) == 0 ? random.nextInt(5) - 2 : 0;
    long first = Math.max(0, head + off) + 1;
    int count = 1 + random.nextInt(4);
    boolean verified = random.nextInt(4) == 0 || first > head + 1;
    if (stream.kind() == StreamKey.Kind.LOG) {
      LogRow[] rows = Samples.logRows(first, first + count - 1);
      commit.log(stream, verified, rows);
      return;
    }
    InboxRow[] rows = new InboxRow[count];
    for (int i = 0; i < count; i++) {
      rows[i] = inboxRow(first + i);
    }
    commit.inbox(stream, verified, rows);
  }

  private InboxRow inboxRow(long position) {
    String key = random.nextInt(3) == 0 ? null : pick(IDS);
    StreamKey log = random.nextBoolean() ? pick(LOGS) : null;
    long seq = log == null ? 0 : random.nextInt(200);
    return new InboxRow(position, 1, 0, log, seq, key, new byte[random.nextInt(20)]);
  }

  private RecordWrite change(RecordKey key) {
    long version = random.nextInt(4);
    byte[] payload = bytes("at " + nowMillis);
    return switch (random.nextInt(4)) {
      case 0 -> RecordWrite.set(key, version, payload);
      case 1 -> RecordWrite.replace(key, random.nextInt(4), version, payload);
      case 2 -> RecordWrite.remove(key);
      default -> RecordWrite.raise(key, version, payload);
    };
  }

  private Function<Store, Object> trim() {
    List<Trim> trims = new ArrayList<>();
    for (StreamKey stream : streams()) {
      long head = naive.heads(List.of(stream)).get(0).head();
      trims.add(new Trim(stream, Math.max(0, head - random.nextInt(40) + 2)));
    }
    int maxRows = 1 + random.nextInt(30);
    return store -> store.trim(trims, maxRows);
  }

  private Object sweep(Store store) {
    return store.removeExpiredDedups(nowMillis, Integer.MAX_VALUE);
  }

  private Function<Store, Object> inboxRead() {
    StreamKey inbox = pick(INBOXES);
    StreamHead head = naive.heads(List.of(inbox)).get(0);
    long after =
        Math.max(0, head.floor() - 3 + random.nextInt((int) (head.head() - head.floor()) + 9));
    int limit = 1 + random.nextInt(30);
    long maxBytes = random.nextInt(300);
    return store -> {
      InboxSlice slice = store.readInbox(inbox, after, limit, maxBytes);
      List<String> items =
          slice.items().stream().map(item -> show(item.row()) + show(item.logRow())).toList();
      return List.of(items, slice.scannedTo(), slice.more(), slice.floor());
    };
  }

  private Function<Store, Object> logRead() {
    StreamKey log = pick(LOGS);
    StreamHead head = naive.heads(List.of(log)).get(0);
    long from = head.floor() - 2 + random.nextInt(20);
    LogRange range =
        new LogRange(
            log,
            from,
            from + random.nextInt(40) - 3,
            random.nextBoolean(),
            1 + random.nextInt(20),
            random.nextInt(200));
    return store -> {
      LogSlice slice = store.readLog(range);
      return List.of(showLog(slice.rows()), slice.more(), slice.floor());
    };
  }

  private Function<Store, Object> lookUps() {
    String after = pick(IDS);
    int limit = 1 + random.nextInt(6);
    DedupKey submit = submit();
    RecordKey record = record();
    return store ->
        List.of(
            store.heads(streams()),
            show(store.dedups(List.of(submit)).get(submit)),
            show(store.records(List.of(record)).get(record)),
            store.list(record.partition(), record.space(), after, limit).stream()
                .map(Samples::show)
                .toList());
  }

  private static List<StreamKey> streams() {
    List<StreamKey> all = new ArrayList<>(LOGS);
    all.addAll(INBOXES);
    return all;
  }

  private DedupKey submit() {
    return new DedupKey(pick(LOGS), pick(IDS), pick(IDS));
  }

  private RecordKey record() {
    return new RecordKey(pick(streams()), random.nextBoolean() ? "a" : "b", pick(IDS));
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
