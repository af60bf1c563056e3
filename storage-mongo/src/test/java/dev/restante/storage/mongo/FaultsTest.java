package dev.restante.storage.mongo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandSucceededEvent;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Pauses;
import dev.restante.storage.cells.Step;
import dev.restante.storage.cells.Unfinished;
import dev.restante.testmongo.WireServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.bson.Document;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Connections that break at every command of a call, one by one: before it, with its answer, once
 * or for good. Whatever the caller is told is so, and what is left is whole.
 */
@Tag("O4")
final class FaultsTest {
  private static final long NOW = 1_000;
  private static final byte[] NOTHING = {};
  private static final StreamKey LOG = StreamKey.log("tenant", "log");
  private static final StreamKey ALICE = StreamKey.inbox("tenant", "alice");
  private static final StreamKey BOB = StreamKey.inbox("tenant", "bob");
  private static final RecordKey DEVICES = new RecordKey(ALICE, "devices", "");
  private static final RecordKey GROUP = new RecordKey(LOG, "group", "");
  private static final Duration PATIENT = Duration.ofSeconds(40);

  /** For stores that something goes wrong for: it is waited for in vain. */
  private static final Duration HASTY = Duration.ofSeconds(2);

  private static final AtomicInteger PLACES = new AtomicInteger();

  private final WireServer server = WireServer.shared();
  private final List<MongoClient> clients = new ArrayList<>();
  private final List<Store> opened = new ArrayList<>();

  @AfterEach
  void close() {
    server.fails(null);
    opened.forEach(Store::close);
    clients.forEach(MongoClient::close);
  }

  /** A driver that looks again soon, so that a broken connection costs no half second. */
  private MongoClientSettings settings() {
    return MongoClientSettings.builder()
        .applyConnectionString(new ConnectionString(server.uri()))
        .applyToServerSettings(each -> each.minHeartbeatFrequency(5, TimeUnit.MILLISECONDS))
        .build();
  }

  private Store open(String database) {
    return open(database, PATIENT);
  }

  private Store open(String database, Duration callTimeout) {
    MongoClient client = MongoClients.create(settings());
    clients.add(client);
    Store store = MongoStorage.on(client.getDatabase(database)).open(new StoreContext(callTimeout));
    opened.add(store);
    return store;
  }

  @Test
  void aCommitAcrossCellsIsWholeWhateverBreaks() {
    int cases = everyBreak(second(), 8);
    System.out.println("breaks of a commit across cells: " + cases);
  }

  @Test
  void aCommitOfOneStreamIsWholeWhateverBreaks() {
    everyBreak(
        new Commit(
            NOW,
            false,
            List.of(new LogAppend(LOG, 1, false, List.of(row(2, "second")))),
            List.of(),
            List.of(submit()),
            List.of(),
            List.of()),
        4);
  }

  @Test
  void aCommitOfOneRecordIsWholeWhateverBreaks() {
    for (RecordWrite write :
        List.of(
            RecordWrite.set(DEVICES, 2, NOTHING),
            RecordWrite.replace(DEVICES, 1, 2, NOTHING),
            RecordWrite.raise(DEVICES, 2, NOTHING),
            RecordWrite.remove(DEVICES))) {
      everyBreak(Commit.ofRecords(NOW, List.of(write)), 1);
    }
  }

  /** Breaks the commit at each command, in each way, and looks what became of it. */
  private int everyBreak(Commit commit, int leastCommands) {
    int cases = 0;
    for (boolean executed : new boolean[] {false, true}) {
      for (boolean forEver : new boolean[] {false, true}) {
        int at = 0;
        while (broken(commit, at, executed, forEver)) {
          at++;
          cases++;
        }
        assertThat(at).as("commands of the commit").isGreaterThanOrEqualTo(leastCommands);
      }
    }
    return cases;
  }

  private boolean broken(Commit commit, int at, boolean executed, boolean forEver) {
    String database = "faults" + PLACES.incrementAndGet();
    Store other = open(database);
    assertThat(other.commit(first())).isEqualTo(CommitOutcome.COMMITTED);
    String before = view(other);
    String after = expected(commit);
    Store owner = open(database, HASTY);
    String as = "command %d, executed %s, for ever %s".formatted(at, executed, forEver);

    WireServer.Fault fault = new WireServer.Fault(database, at, executed, forEver);
    server.fails(fault);
    @Nullable Effect effect = null;
    try {
      assertThat(owner.commit(commit)).as(as).isEqualTo(CommitOutcome.COMMITTED);
    } catch (StoreException e) {
      effect = e.effect();
    } finally {
      server.fails(null);
    }
    String seen = view(other);
    List<String> possible =
        effect == null
            ? List.of(after)
            : effect == Effect.UNKNOWN ? List.of(before, after) : List.of(before);
    assertThat(seen).as(as + ", " + effect).isIn(possible);

    other.removeExpiredDedups(0, 1);
    assertThat(view(other)).as(as + ", repaired").isEqualTo(seen);
    assertThat(view(open(database))).as(as + ", opened anew").isEqualTo(seen);
    assertThat(other.commit(third(other))).as(as).isEqualTo(CommitOutcome.COMMITTED);
    assertThat(view(other)).as(as).isNotEqualTo(seen).contains("third");
    opened.forEach(Store::close);
    clients.forEach(MongoClient::close);
    opened.clear();
    clients.clear();
    return fault.happened();
  }

  private String expected(Commit commit) {
    Store undisturbed = open("faults" + PLACES.incrementAndGet());
    undisturbed.commit(first());
    undisturbed.commit(commit);
    return view(undisturbed);
  }

  /** Cells are taken before guards are looked at: also when a cell behind a guard is somebody's. */
  @Test
  void aGuardInFrontOfACellThatIsTakenIsLookedAt() {
    String database = "faults" + PLACES.incrementAndGet();
    Store other = open(database, HASTY);
    other.commit(first());
    Store owner = open(database, HASTY);
    // The record, the cells; then the guards are looked at, or would be.
    server.fails(new WireServer.Fault(database, 2, false, true));
    try {
      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> owner.commit(second()));
    } finally {
      server.fails(null);
    }
    StreamKey early = StreamKey.log("tenant", "a");
    Commit guarded =
        new Commit(
            NOW,
            false,
            List.of(new LogAppend(early, 0, false, List.of(row(1, "early")))),
            List.of(new InboxAppend(BOB, 0, false, List.of(reference(1, 1)))),
            List.of(),
            List.of(),
            List.of(new Guard(GROUP, 9)));
    assertThat(other.commit(guarded)).isEqualTo(new Conflict(Cause.RECORD));
    assertThat(other.heads(List.of(early, BOB))).containsOnly(StreamHead.EMPTY);
  }

  /** Who gives way to whom depends on it. */
  @Test
  void recordsTellWhetherTheirCommitsAreExclusive() {
    String database = "faults" + PLACES.incrementAndGet();
    MongoEngine engine = engine(database);
    List<Cell> cells = List.of(Cell.of(GROUP));
    for (boolean exclusive : new boolean[] {true, false}) {
      Commit change =
          new Commit(
              NOW,
              exclusive,
              List.of(),
              List.of(),
              List.of(),
              List.of(RecordWrite.set(GROUP, 1, NOTHING)),
              List.of());
      String transaction = engine.newTransaction();
      List<Part> parts = List.of(new Part(cells.get(0), change));
      assertThat(engine.prepare(transaction, parts, 0, 1)).isEqualTo(Step.DONE);
      assertThat(engine.unfinished(9))
          .containsExactly(new Unfinished(transaction, exclusive, cells, List.of()));
      engine.settle(transaction, false, cells);
      engine.forget(transaction);
    }
  }

  /** In one operation; whoever is decided stays so, and nothing is made of what is gone. */
  @Test
  void manyAreAbortedAtOnce() {
    String database = "faults" + PLACES.incrementAndGet();
    MongoEngine engine = engine(database);
    List<Part> parts = List.of(guarding());
    List<String> all = Stream.generate(engine::newTransaction).limit(20).toList();
    all.subList(1, 20).forEach(each -> engine.prepare(each, parts, 0, 1));
    engine.decide(all.get(1), Decision.COMMITTED);
    engine.abort(all);
    Map<String, Decision> decisions = engine.decisions(all);
    assertThat(decisions.get(all.get(0))).isEqualTo(Decision.GONE);
    assertThat(decisions.get(all.get(1))).isEqualTo(Decision.COMMITTED);
    assertThat(all.subList(2, 20)).allMatch(each -> decisions.get(each) == Decision.ABORTED);

    List<String> more = Stream.generate(engine::newTransaction).limit(20).toList();
    more.forEach(each -> engine.prepare(each, parts, 0, 1));
    WireServer.Fault second = new WireServer.Fault(database, 1, true, false);
    server.fails(second);
    engine.abort(more);
    assertThat(second.happened()).as("a second operation").isFalse();
    server.fails(null);
    assertThat(engine.decisions(more).values()).containsOnly(Decision.ABORTED);
  }

  /** A record that only the primary has may still go either way. */
  @Test
  void whatIsNotOnAMajorityIsNotTakenForDecided() {
    String database = "faults" + PLACES.incrementAndGet();
    MongoEngine engine = engine(database);
    String transaction = engine.newTransaction();
    List<Part> parts = List.of(guarding());
    engine.prepare(transaction, parts, 0, 1);
    MongoDatabase primary = clients.get(0).getDatabase(database);
    MongoDatabase majority = clients.get(0).getDatabase(database + "late");
    MongoEngine behind =
        new MongoEngine(
            new Place(primary, majority, "restante"), engine.info(), new Pauses(HASTY), () -> {});
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> behind.abort(List.of(transaction)))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
  }

  /**
   * One that is aborted, and one that others decided just then: this lies behind what was waited
   * for. A majority has it when a step that changes nothing returns.
   */
  @Test
  void whatIsNotOnAMajorityYetIsWaitedFor() {
    String database = "faults" + PLACES.incrementAndGet();
    MongoEngine engine = engine(database);
    List<String> both = Stream.generate(engine::newTransaction).limit(2).toList();
    both.forEach(each -> engine.prepare(each, List.of(guarding()), 0, 1));
    engine.decide(both.get(1), Decision.COMMITTED);
    MongoDatabase primary = clients.get(0).getDatabase(database);
    List<Document> records =
        both.stream()
            .map(
                each ->
                    primary
                        .getCollection("restante_cells")
                        .find(Filters.eq(Names.transaction(each)))
                        .first())
            .toList();
    MongoCollection<Document> majority =
        clients.get(0).getDatabase(database + "late").getCollection("restante_cells");
    majority.insertOne(records.get(0));
    List<Integer> changed = new ArrayList<>();
    CommandListener replication =
        new CommandListener() {
          @Override
          public void commandSucceeded(CommandSucceededEvent event) {
            if (event.getCommandName().equals("update")) {
              changed.add(event.getResponse().getNumber("n").intValue());
              if (changed.size() == 2) {
                majority.insertOne(records.get(1));
              }
            }
          }
        };
    MongoClient client =
        MongoClients.create(
            MongoClientSettings.builder(settings()).addCommandListener(replication).build());
    clients.add(client);
    Place place = new Place(primary, client.getDatabase(database + "late"), "restante");
    MongoEngine behind = new MongoEngine(place, engine.info(), new Pauses(HASTY), () -> {});
    behind.abort(both);
    assertThat(changed).containsExactly(1, 0);
    assertThat(behind.decisions(both))
        .containsEntry(both.get(0), Decision.ABORTED)
        .containsEntry(both.get(1), Decision.COMMITTED);
  }

  private static Part guarding() {
    Commit guarding =
        new Commit(
            NOW, false, List.of(), List.of(), List.of(), List.of(), List.of(new Guard(GROUP, 0)));
    return new Part(Cell.of(GROUP), guarding);
  }

  private MongoEngine engine(String database) {
    StoreInfo info = open(database).info();
    MongoDatabase place = clients.get(0).getDatabase(database);
    return new MongoEngine(new Place(place, place, "restante"), info, new Pauses(HASTY), () -> {});
  }

  /** The floor is the step; rows that a broken trim left are gone for readers, and then gone. */
  @Test
  void aTrimIsWholeWhateverBreaks() {
    for (boolean executed : new boolean[] {false, true}) {
      for (int at = 0; trimBroken(at, executed); at++) {
        assertThat(at).isLessThan(10);
      }
    }
  }

  private boolean trimBroken(int at, boolean executed) {
    String database = "faults" + PLACES.incrementAndGet();
    Store other = open(database);
    other.commit(first());
    other.commit(second());
    Store owner = open(database, HASTY);
    WireServer.Fault fault = new WireServer.Fault(database, at, executed, true);
    server.fails(fault);
    @Nullable Effect effect = null;
    try {
      owner.trim(List.of(new Trim(LOG, 2), new Trim(ALICE, 3)), 99);
    } catch (StoreException e) {
      effect = e.effect();
    } finally {
      server.fails(null);
    }
    String as = "command %d, executed %s, %s".formatted(at, executed, effect);
    StreamHead log = other.heads(List.of(LOG)).get(0);
    StreamHead alice = other.heads(List.of(ALICE)).get(0);
    assertThat(log.head()).as(as).isEqualTo(2);
    assertThat(alice.head()).as(as).isEqualTo(3);
    assertThat(other.readLog(range()).rows()).as(as).hasSize((int) (2 - log.floor()));
    assertThat(other.readInbox(BOB, 0, 9, 999).items().get(0).logRow() == null)
        .as(as)
        .isEqualTo(log.floor() == 2);
    if (effect == null) {
      assertThat(List.of(log.floor(), alice.floor())).as(as).containsExactly(2L, 3L);
    }
    assertThat(other.trim(List.of(new Trim(LOG, 2), new Trim(ALICE, 3)), 99))
        .containsExactly(2L, 3L);
    assertThat(server.count(database, "restante_log")).as(as + ": rows left").isZero();
    assertThat(server.count(database, "restante_inbox")).as(as + ": rows left").isEqualTo(1);
    return fault.happened();
  }

  // ---- what is written -------------------------------------------------------------------------

  private static Commit first() {
    return new Commit(
        NOW,
        false,
        List.of(new LogAppend(LOG, 0, true, List.of(row(1, "first")))),
        List.of(new InboxAppend(ALICE, 0, true, List.of(keyed(1, "first")))),
        List.of(),
        List.of(RecordWrite.set(DEVICES, 1, NOTHING), RecordWrite.set(GROUP, 1, NOTHING)),
        List.of());
  }

  private static Commit second() {
    return new Commit(
        NOW,
        false,
        List.of(new LogAppend(LOG, 1, false, List.of(row(2, "second")))),
        List.of(
            new InboxAppend(ALICE, 1, false, List.of(keyed(2, "second"), reference(3, 2))),
            new InboxAppend(BOB, 0, true, List.of(reference(1, 2)))),
        List.of(submit()),
        List.of(RecordWrite.replace(DEVICES, 1, 2, NOTHING)),
        List.of(new Guard(GROUP, 1)));
  }

  private static Commit third(Store store) {
    List<StreamHead> heads = store.heads(List.of(LOG, ALICE, BOB));
    long seq = heads.get(0).head() + 1;
    long position = heads.get(1).head() + 1;
    return new Commit(
        NOW,
        true,
        List.of(new LogAppend(LOG, seq - 1, true, List.of(row(seq, "third")))),
        List.of(new InboxAppend(ALICE, position - 1, true, List.of(reference(position, seq)))),
        List.of(),
        List.of(RecordWrite.set(DEVICES, 7, NOTHING), RecordWrite.replace(GROUP, 1, 2, NOTHING)),
        List.of());
  }

  private static String view(Store store) {
    return "log %s alice %s bob %s submit %s devices %s"
        .formatted(
            store.readLog(range()).rows().stream().map(row -> text(row.payload())).toList(),
            shown(store, ALICE),
            shown(store, BOB),
            store.dedups(List.of(submit().key())).size(),
            store.records(List.of(DEVICES)).values().stream().map(StoredRecord::version).toList());
  }

  private static List<String> shown(Store store, StreamKey inbox) {
    return store.readInbox(inbox, 0, 9, 999).items().stream().map(FaultsTest::shown).toList();
  }

  private static String shown(InboxItem item) {
    LogRow referred = item.logRow();
    String to = referred == null ? "nothing" : text(referred.payload());
    return item.row().log() == null ? text(item.row().payload()) : "->" + to;
  }

  private static LogRange range() {
    return new LogRange(LOG, 1, 9, false, 9, 999);
  }

  private static LogRow row(long seq, String text) {
    return new LogRow(seq, seq, NOW, 0, text.getBytes(UTF_8));
  }

  private static InboxRow keyed(long position, String text) {
    return new InboxRow(position, 1, 0, null, 0, "key", text.getBytes(UTF_8));
  }

  private static InboxRow reference(long position, long seq) {
    return InboxRow.reference(position, 1, LOG, seq);
  }

  private static DedupRow submit() {
    return new DedupRow(new DedupKey(LOG, "alice", "second"), 1, 2, NOW, Long.MAX_VALUE, false);
  }

  private static String text(byte[] payload) {
    return new String(payload, UTF_8);
  }
}
