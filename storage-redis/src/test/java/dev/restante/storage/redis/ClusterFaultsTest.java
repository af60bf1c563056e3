package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static dev.restante.storage.redis.Commits.keyed;
import static dev.restante.storage.redis.Commits.note;
import static dev.restante.storage.redis.Commits.remembered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Committed;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.CellStore;
import dev.restante.storage.cells.Decision;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.KillArgs;
import io.lettuce.core.MigrateArgs;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A cluster whose nodes are killed, demoted, cut off or set to less, and whose slots move. */
@Timeout(180)
final class ClusterFaultsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  /** So many failures more than commits, and nothing is cut until some came through. */
  private static final int MOST_LEAD = 6;

  /** Replicas force what they get to a disk that they share with others. */
  private static final Waiting FOR_A_REPLICA = new Waiting(1, Duration.ofSeconds(2));

  private static final StreamKey LOG = StreamKey.log("tenant", "talk");
  private static final Keys KEYS = Keys.ofCluster(Keys.DEFAULT_PREFIX);

  /** One inbox in each shard. */
  private static final List<StreamKey> INBOXES =
      IntStream.range(0, 3).mapToObj(ClusterFaultsTest::inboxIn).toList();

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private static StreamKey inboxIn(int shard) {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> StreamKey.inbox("tenant", "user " + i))
        .filter(inbox -> RedisCluster.shardOf(key(inbox)) == shard)
        .findFirst()
        .orElseThrow();
  }

  private static String key(StreamKey stream) {
    return new String(KEYS.stream(stream), StandardCharsets.ISO_8859_1);
  }

  // ---- masters that go --------------------------------------------------------------------------

  /**
   * A master dies, a master is demoted, and all connections to the old one are closed, so that what
   * a new one is tried with is answered with MOVED. Each time the store finds the new master by
   * itself, by a look as well as by a commit: what it is asked first is what finds out.
   */
  @Test
  void newMastersAreFoundByWhateverIsAskedFirst() {
    RedisCluster cluster = cluster(true);
    WatchedNodes nodes = new WatchedNodes(nodes(cluster));
    Store store = open(nodes, KEYS, FOR_A_REPLICA);
    assertThat(store.info().durability()).isEqualTo(Durability.REPLICA);
    int dying = RedisCluster.shardOf(key(LOG));
    RecordKey record = new RecordKey(INBOXES.get(dying), "epoch", "");
    for (long n = 1; n <= 20; n++) {
      committed(store, step(n));
    }

    cluster.masters().get(dying).kill();
    fails(Effect.UNAVAILABLE, () -> store.records(List.of(record)));
    cluster.awaitPromotion(dying);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(StoreException.class)
        .until(() -> store.records(List.of(record)).isEmpty());

    // There is no replica now that could have what is written, or what was written just before.
    RecordWrite write = RecordWrite.set(record, 1, new byte[0]);
    fails(Effect.UNKNOWN, () -> store.commit(commit().record(write).build()));
    fails(Effect.UNAVAILABLE, () -> whole(store, 20));
    nothingIsToldThatReplicasLack(cluster, dying);
    RedisProcess back = cluster.masters().get(dying);
    back.start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> back.ask(each -> each.info("replication")).contains("link_status:up"));
    whole(store, 20);
    committed(store, commit().inbox(INBOXES.get(dying), note(21)));

    // The old master takes its place again, while connections to the other one are open ...
    RedisProcess other = cluster.replicas().get(dying);
    swap(other, back);
    assertThat(store.records(List.of(record))).hasSize(1);
    // ... and the other one, when all of them were closed.
    swap(back, other);
    killConnections(back);
    nodes.awaitClosed(back.port());
    assertThat(store.records(List.of(record))).hasSize(1);
    swap(other, back);
    killConnections(other);
    nodes.awaitClosed(other.port());
    committed(store, commit().inbox(INBOXES.get(dying), note(22)));
  }

  /**
   * In a shard without a replica, where one is waited for: what was decided there, or made content,
   * might be taken back by a failover, so nobody may stand by it. What counts for nothing may go.
   */
  private void nothingIsToldThatReplicasLack(RedisCluster cluster, int shard) {
    Waiting waiting = new Waiting(1, Duration.ofMillis(100));
    Shards shards = new Shards(nodes(cluster), KEYS, waiting, 1, PATIENCE);
    ClusterEngine engine = new ClusterEngine(shards, KEYS, shards.open(), PATIENCE);
    opened.add(engine);
    Cell cell = Cell.of(INBOXES.get(shard));
    List<Part> parts = List.of(new Part(cell, commit().inbox(cell.partition(), note(21)).build()));
    String transaction =
        Stream.generate(engine::newTransaction)
            .filter(each -> shardOfRecord(each) == shard)
            .findFirst()
            .orElseThrow();
    fails(Effect.UNAVAILABLE, () -> engine.decide(transaction, Decision.ABORTED));
    fails(Effect.UNKNOWN, () -> engine.prepare(transaction, parts, 0, parts.size()));
    assertThat(engine.decisions(List.of(transaction))).containsValue(Decision.PENDING);
    fails(Effect.UNKNOWN, () -> engine.decide(transaction, Decision.ABORTED));
    fails(Effect.UNKNOWN, () -> engine.decide(transaction, Decision.ABORTED));
    fails(Effect.UNAVAILABLE, () -> engine.decisions(List.of(transaction)));
    engine.settle(transaction, false, List.of(cell));
    fails(Effect.UNAVAILABLE, () -> engine.settle(transaction, true, List.of(cell)));
    engine.forget(transaction);
    fails(Effect.UNAVAILABLE, () -> engine.decisions(List.of(transaction)));
    fails(Effect.UNAVAILABLE, () -> engine.unfinished(9));

    // Neither is what a guard saw there, whose transaction is noted elsewhere.
    RecordKey guarded = new RecordKey(cell.partition(), "devices", "");
    List<Part> looks = List.of(new Part(cell, commit().guard(new Guard(guarded, 0)).build()));
    String elsewhere =
        Stream.generate(engine::newTransaction)
            .filter(each -> shardOfRecord(each) != shard)
            .findFirst()
            .orElseThrow();
    fails(Effect.UNAVAILABLE, () -> engine.prepare(elsewhere, looks, 0, looks.size()));
  }

  private static int shardOfRecord(String transaction) {
    byte[] key = KEYS.decisions(Keys.tag(transaction));
    return RedisCluster.shardOf(new String(key, StandardCharsets.ISO_8859_1));
  }

  private static Shards.Nodes nodes(RedisCluster cluster) {
    return Clients.ofCluster(Stream.of(cluster.uris()).map(RedisURI::create).toList(), PATIENCE);
  }

  /** Makes a replica the master. */
  private static void swap(RedisProcess master, RedisProcess replica) {
    replica.ask(each -> each.clusterFailover(false, true));
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> isMaster(replica));
    // Until it knows, it lets nobody write.
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !isMaster(master));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> master.ask(each -> each.info("replication")).contains("link_status:up"));
  }

  private static boolean isMaster(RedisProcess node) {
    return node.ask(each -> each.role()).get(0).equals("master");
  }

  private static void killConnections(RedisProcess node) {
    node.ask(each -> each.clientKill(KillArgs.Builder.typeNormal().skipme()));
  }

  /** Without replicas: all of the cluster stands still until the master is back. */
  @Test
  void aMasterWithoutAReplicaIsWaitedFor() {
    RedisCluster cluster = cluster(false);
    Store store = open(cluster);
    assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
    committed(store, step(1));
    RedisProcess master = cluster.masters().get(RedisCluster.shardOf(key(LOG)));
    master.kill();
    fails(Effect.UNAVAILABLE, () -> store.commit(step(2).build()));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> alive(cluster, master).ask(each -> each.clusterInfo()).contains("state:fail"));
    for (StreamKey inbox : INBOXES) {
      fails(Effect.UNAVAILABLE, () -> store.heads(List.of(inbox)));
    }
    master.start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(StoreException.class)
        .until(() -> store.commit(step(2).build()) instanceof Committed);
    whole(store, 2);

    // On the same cluster, since it is one that may be changed: what its masters are set to.
    RedisProcess weak = cluster.masters().get(2);
    for (String setting : List.of("everysec", "no")) {
      weak.ask(each -> each.configSet("appendfsync", setting));
      assertThat(open(cluster).info().durability()).isEqualTo(Durability.VOLATILE);
    }
    killConnections(weak);
    fails(Effect.UNAVAILABLE, () -> store.heads(List.of(INBOXES.get(2))));
    weak.ask(each -> each.configSet("appendfsync", "always"));
    committed(store, step(3));
    slotsMoveBelow(store, cluster);
    sweepsGoOnBesideASlotThatIsNobodys(store, cluster);
  }

  /**
   * One slot is nobody's any more, and another has gone to another master, and the store knows of
   * neither; then it knows. All that is due elsewhere is removed each time.
   */
  private static void sweepsGoOnBesideASlotThatIsNobodys(Store store, RedisCluster cluster) {
    Set<Integer> spared = new HashSet<>(Keys.tagsOfTransactions());
    spared.add(Keys.tag(INBOXES.get(0)));
    List<StreamKey> logs =
        IntStream.range(0, 60)
            .mapToObj(i -> StreamKey.log("tenant", "due " + i))
            .filter(log -> !spared.contains(Keys.tag(log)))
            .toList();
    logs.forEach(log -> committed(store, commit().dedup(remembered(log, "first", 1_000))));
    StreamKey lost = logs.get(0);
    List<StreamKey> others = logs.stream().filter(log -> Keys.tag(log) != Keys.tag(lost)).toList();
    StreamKey gone = others.get(0);
    cluster
        .masters()
        .forEach(each -> each.ask(on -> on.configSet("cluster-require-full-coverage", "no")));
    isNobodys(cluster, SlotHash.getSlot(key(lost)));
    hasGone(cluster, SlotHash.getSlot(key(gone)), RedisCluster.shardOf(key(gone)));
    for (String id : List.of("first", "second")) {
      fails(Effect.UNAVAILABLE, () -> store.removeExpiredDedups(2_000, 99));
      List<DedupKey> due = others.stream().map(log -> new DedupKey(log, "alice", id)).toList();
      assertThat(store.dedups(due)).as(id).isEmpty();
      others.forEach(log -> committed(store, commit().dedup(remembered(log, "second", 1_000))));
    }
  }

  /** Nodes tell each other of slots that others have: so until none knows it any more. */
  private static void isNobodys(RedisCluster cluster, int slot) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              List<RedisProcess> knowing =
                  cluster.masters().stream().filter(each -> knows(each, slot)).toList();
              knowing.forEach(each -> each.ask(on -> on.clusterDelSlots(slot)));
              return knowing.isEmpty();
            });
  }

  private static boolean knows(RedisProcess node, int slot) {
    return node.ask(each -> each.clusterSlots()).stream()
        .map(run -> (List<?>) run)
        .anyMatch(run -> (Long) run.get(0) <= slot && slot <= (Long) run.get(1));
  }

  private static void hasGone(RedisCluster cluster, int slot, int shard) {
    RedisProcess from = cluster.masters().get(shard);
    RedisProcess to = alive(cluster, from);
    String source = from.ask(each -> each.clusterMyId());
    String target = to.ask(each -> each.clusterMyId());
    to.ask(each -> each.clusterSetSlotImporting(slot, source));
    from.ask(each -> each.clusterSetSlotMigrating(slot, target));
    move(from, to, from.ask(each -> each.clusterGetKeysInSlot(slot, 1_000)));
    to.ask(each -> each.clusterSetSlotNode(slot, target));
    from.ask(each -> each.clusterSetSlotNode(slot, target));
  }

  private static RedisProcess alive(RedisCluster cluster, RedisProcess dead) {
    return cluster.masters().stream().filter(each -> each != dead).findFirst().orElseThrow();
  }

  /**
   * A slot half of which has moved can do nothing; when all of it has, nobody notices. What was
   * decided before is settled then, once.
   */
  private void slotsMoveBelow(Store store, RedisCluster cluster) {
    StreamKey inbox = INBOXES.get(0);
    StreamKey beside = besides(inbox);
    ClusterEngine engine = engine(cluster, KEYS);
    engine.apply(part(commit().inbox(beside, note(1)).dedup(remembered(beside, "old", 1))));
    List<Part> parts =
        List.of(
            part(commit().inbox(beside, note(2)).dedup(remembered(beside, "new", 9_999_999))),
            part(commit().inbox(inbox, note(4))));
    List<Cell> cells = parts.stream().map(Part::cell).toList();
    String transaction = engine.newTransaction();
    assertThat(engine.prepare(transaction, parts, 0, 2)).isEqualTo(Step.DONE);
    engine.decide(transaction, Decision.COMMITTED);

    int slot = SlotHash.getSlot(key(inbox));
    RedisProcess from = cluster.masters().get(0);
    RedisProcess to = cluster.masters().get(1);
    String source = from.ask(each -> each.clusterMyId());
    String target = to.ask(each -> each.clusterMyId());
    to.ask(each -> each.clusterSetSlotImporting(slot, source));
    from.ask(each -> each.clusterSetSlotMigrating(slot, target));
    List<String> keys = from.ask(each -> each.clusterGetKeysInSlot(slot, 1_000));
    assertThat(keys).contains(key(inbox), key(beside));
    move(from, to, List.of(key(inbox)));
    fails(Effect.UNAVAILABLE, () -> engine.settle(transaction, true, cells));
    fails(Effect.UNAVAILABLE, () -> store.commit(commit().inbox(inbox, note(5)).build()));
    keys.remove(key(inbox));
    move(from, to, keys);
    fails(Effect.UNAVAILABLE, () -> engine.settle(transaction, true, cells));
    to.ask(each -> each.clusterSetSlotNode(slot, target));
    from.ask(each -> each.clusterSetSlotNode(slot, target));
    committed(store, commit().inbox(inbox, note(5)));
    engine.settle(transaction, true, cells);
    assertThat(store.heads(List.of(inbox, beside)))
        .extracting(StreamHead::head)
        .containsExactly(5L, 2L);
    DedupKey known = new DedupKey(beside, "alice", "new");
    assertThat(store.dedups(List.of(known))).containsOnlyKeys(known);
  }

  private static void move(RedisProcess from, RedisProcess to, List<String> keys) {
    from.ask(
        each -> each.migrate("127.0.0.1", to.port(), 0, 5_000, MigrateArgs.Builder.keys(keys)));
  }

  /** Another inbox in the same slot. */
  private static StreamKey besides(StreamKey inbox) {
    return Stream.iterate(0, n -> n + 1)
        .map(n -> StreamKey.inbox("tenant", "beside " + n))
        .filter(each -> Keys.tag(each) == Keys.tag(inbox))
        .findFirst()
        .orElseThrow();
  }

  /**
   * All keys that a script is handed are there yet, and one that it makes itself is not: where its
   * slot begins to move that one cannot be made any more. So nothing at all is done.
   */
  @Test
  void noScriptIsBrokenOffInASlotOnTheMove() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("half");
    ClusterEngine engine = engine(cluster, keys);
    StreamKey inbox = INBOXES.get(0);
    StreamKey beside = besides(inbox);
    RecordKey record = new RecordKey(inbox, "cursor", "phone");
    engine.apply(part(commit().inbox(beside, note(1)).dedup(remembered(beside, "old", 1_000))));
    engine.apply(
        part(
            commit()
                .inbox(inbox, keyed(1, "key"))
                .record(RecordWrite.set(record, 1, new byte[0]))));
    List<Part> parts =
        List.of(
            part(commit().inbox(beside, note(2)).dedup(remembered(beside, "usual", 90_000))),
            part(
                commit()
                    .inbox(inbox, keyed(2, "key"))
                    .record(RecordWrite.set(record, 2, new byte[0]))
                    .dedup(remembered(inbox, "unusual", 900_000))));
    String transaction = engine.newTransaction();
    assertThat(engine.prepare(transaction, parts, 0, 2)).isEqualTo(Step.DONE);
    engine.decide(transaction, Decision.COMMITTED);
    int slot = SlotHash.getSlot(key(inbox));
    RedisProcess from = cluster.masters().get(0);
    List<String> before = slot(from, slot);
    String target = cluster.masters().get(1).ask(each -> each.clusterMyId());
    from.ask(each -> each.clusterSetSlotMigrating(slot, target));
    try {
      for (Part part : parts) {
        fails(Effect.UNAVAILABLE, () -> engine.settle(transaction, true, List.of(part.cell())));
      }
      assertThat(slot(from, slot)).isEqualTo(before);
      // It takes what there is away, and asks for more.
      fails(Effect.UNAVAILABLE, () -> engine.removeExpiredDedups(2_000, 9));
    } finally {
      from.ask(each -> each.clusterSetSlotStable(slot));
    }
    engine.settle(transaction, true, parts.stream().map(Part::cell).toList());
    assertThat(engine.heads(List.of(inbox, beside)).value())
        .extracting(StreamHead::head)
        .containsExactly(2L, 2L);
    assertThat(engine.removeExpiredDedups(1_000_000, 9)).isEqualTo(2);
    engine.forget(transaction);
  }

  /**
   * The only record of a partition goes and another one comes: in between the partition would have
   * none, and in a slot that begins to move what has gone cannot be made any more.
   */
  @Test
  void recordsComeBeforeOthersGo() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("exchange");
    ClusterEngine engine = engine(cluster, keys);
    StreamKey inbox = INBOXES.get(0);
    RecordKey going = new RecordKey(inbox, "cursor", "phone");
    RecordKey coming = new RecordKey(inbox, "cursor", "tablet");
    engine.apply(
        part(
            commit()
                .inbox(inbox, keyed(1, "key"))
                .dedup(remembered(inbox, "id", 1_000))
                .record(RecordWrite.set(going, 1, new byte[0]))));
    List<Part> parts =
        List.of(
            part(
                commit()
                    .inbox(inbox, note(2))
                    .record(RecordWrite.remove(going))
                    .record(RecordWrite.set(coming, 1, new byte[0]))));
    String transaction = engine.newTransaction();
    assertThat(engine.prepare(transaction, parts, 0, 1)).isEqualTo(Step.DONE);
    engine.decide(transaction, Decision.COMMITTED);
    migrate(cluster, keys.stream(inbox));
    try {
      engine.settle(transaction, true, List.of(Cell.of(inbox)));
    } finally {
      stay(cluster, keys.stream(inbox));
    }
    assertThat(engine.heads(List.of(inbox)).met()).isEmpty();
    assertThat(engine.list(inbox, "cursor", "", 9).value()).hasSize(1);
    assertThat(engine.records(List.of(going, coming)).value()).containsOnlyKeys(coming);
    assertThat(engine.heads(List.of(inbox)).value())
        .extracting(StreamHead::head)
        .containsExactly(2L);
    engine.forget(transaction);
  }

  /**
   * A slot that commits under way are noted in, and submits of which are due: nobody opens a store
   * or repairs meanwhile, and all other submits are swept.
   */
  @Test
  void sweepsGoOnBesideASlotOnTheMove() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("beside");
    Duration patience = Duration.ofSeconds(2);
    Store store = CellStore.open(engine(cluster, keys, patience));
    List<StreamKey> logs =
        IntStream.range(0, 40).mapToObj(i -> StreamKey.log("tenant", "talk " + i)).toList();
    for (StreamKey log : logs) {
      committed(store, commit().dedup(remembered(log, "id", 1_000)));
    }
    List<Integer> used = logs.stream().map(Keys::tag).toList();
    List<Integer> noted = Keys.tagsOfTransactions();
    int due = used.stream().filter(noted::contains).findFirst().orElseThrow();
    int unused = noted.stream().filter(tag -> !used.contains(tag)).findFirst().orElseThrow();
    migrate(cluster, keys.cells(due));
    migrate(cluster, keys.cells(unused));
    try {
      fails(Effect.UNAVAILABLE, () -> CellStore.open(engine(cluster, keys, patience)));
      assertThat(store.removeExpiredDedups(2_000, 10)).isEqualTo(10);
      fails(Effect.UNAVAILABLE, () -> store.removeExpiredDedups(2_000, 99));
    } finally {
      stay(cluster, keys.cells(due));
      stay(cluster, keys.cells(unused));
    }
    // What was there of the slot is gone, too; only to ask whether that is all was in vain.
    assertThat(store.removeExpiredDedups(2_000, 99)).as("what is left").isZero();
  }

  /**
   * What is not due yet goes behind the others before these are taken off, so that there always is
   * a list: in a slot that begins to move none could be made any more, and it would stay for ever.
   */
  @Test
  void aSweepOfASlotOnTheMoveForgetsNothingThatIsNotDue() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("later");
    ClusterEngine engine = engine(cluster, keys);
    StreamKey inbox = INBOXES.get(0);
    engine.apply(
        part(
            commit()
                .inbox(inbox, note(1))
                .dedup(remembered(inbox, "due", 1_000))
                .dedup(remembered(inbox, "later", 2_000))));
    byte[] key = keys.submits(Keys.tag(inbox));
    migrate(cluster, key);
    try {
      assertThat(engine.removeExpiredDedups(1_500, 9)).isEqualTo(1);
    } finally {
      stay(cluster, key);
    }
    DedupKey later = new DedupKey(inbox, "alice", "later");
    assertThat(engine.dedups(List.of(later)).value()).containsOnlyKeys(later);
    assertThat(engine.removeExpiredDedups(2_000, 9)).isEqualTo(1);
  }

  /** Those who are in the way of one commit are aborted at once, not one after the other. */
  @Test
  void replicasAreWaitedForOnceForAllThatAreAborted() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("aborted");
    Shards shards = new Shards(nodes(cluster), keys, FOR_A_REPLICA, 1, PATIENCE);
    ClusterEngine engine = new ClusterEngine(shards, keys, shards.open(), PATIENCE);
    opened.add(engine);
    Cell cell = Cell.of(INBOXES.get(0));
    RecordKey guarded = new RecordKey(cell.partition(), "devices", "");
    List<Part> looks = List.of(new Part(cell, commit().guard(new Guard(guarded, 0)).build()));
    List<String> all = Stream.generate(engine::newTransaction).limit(20).toList();
    all.forEach(each -> assertThat(engine.prepare(each, looks, 0, 1)).isEqualTo(Step.DONE));
    long before = waits(cluster);
    long holders =
        all.stream().map(each -> shardOf(keys.decisions(Keys.tag(each)))).distinct().count();
    engine.abort(all);
    assertThat(waits(cluster) - before).isEqualTo(holders);
    assertThat(engine.decisions(all).values()).containsOnly(Decision.ABORTED);
    all.forEach(engine::forget);
  }

  private static int shardOf(byte[] key) {
    return RedisCluster.shardOf(new String(key, StandardCharsets.ISO_8859_1));
  }

  private static long waits(RedisCluster cluster) {
    return cluster.masters().stream().mapToLong(each -> calls(each, "wait")).sum();
  }

  /** The slot of a key begins to move. */
  private static void migrate(RedisCluster cluster, byte[] key) {
    String name = new String(key, StandardCharsets.ISO_8859_1);
    int shard = RedisCluster.shardOf(name);
    String target = cluster.masters().get((shard + 1) % 3).ask(each -> each.clusterMyId());
    int slot = SlotHash.getSlot(name);
    cluster.masters().get(shard).ask(each -> each.clusterSetSlotMigrating(slot, target));
  }

  private static void stay(RedisCluster cluster, byte[] key) {
    String name = new String(key, StandardCharsets.ISO_8859_1);
    int slot = SlotHash.getSlot(name);
    cluster.masters().get(RedisCluster.shardOf(name)).ask(each -> each.clusterSetSlotStable(slot));
  }

  /** What is stored in a slot: lists with their length. */
  private static List<String> slot(RedisProcess node, int slot) {
    return node.ask(
        each ->
            each.clusterGetKeysInSlot(slot, 1_000).stream()
                .map(
                    key -> key + " " + (each.type(key).equals("list") ? each.llen(key) : "no list"))
                .sorted()
                .toList());
  }

  private ClusterEngine engine(RedisCluster cluster, Keys keys) {
    return engine(cluster, keys, PATIENCE);
  }

  private ClusterEngine engine(RedisCluster cluster, Keys keys, Duration patience) {
    Shards shards = new Shards(nodes(cluster), keys, Waiting.NONE, 1, patience);
    ClusterEngine engine = new ClusterEngine(shards, keys, shards.open(), patience);
    opened.add(engine);
    return engine;
  }

  private static Part part(Commits asked) {
    Commit built = asked.build();
    return new Part(Cell.of(built.inboxes().get(0).inbox()), built);
  }

  /**
   * A record that says what is decided, in a slot that begins to move: to stand by it, replicas
   * have to have it, and there is no asking for that now. Later there is.
   */
  @Test
  void whatIsSeenInASlotOnTheMoveIsNotToldYet() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("seen");
    Shards shards = new Shards(nodes(cluster), keys, FOR_A_REPLICA, 1, PATIENCE);
    ClusterEngine engine = new ClusterEngine(shards, keys, shards.open(), PATIENCE);
    opened.add(engine);
    String transaction = engine.newTransaction();
    List<Part> parts =
        INBOXES.stream()
            .map(inbox -> new Part(Cell.of(inbox), commit().inbox(inbox, note(1)).build()))
            .toList();
    engine.prepare(transaction, parts, 0, parts.size());
    assertThat(engine.decide(transaction, Decision.COMMITTED)).isEqualTo(Decision.COMMITTED);
    byte[] key = keys.decisions(Keys.tag(transaction));
    int slot = SlotHash.getSlot(key);
    int shard = RedisCluster.shardOf(new String(key, StandardCharsets.ISO_8859_1));
    RedisProcess from = cluster.masters().get(shard);
    String target = cluster.masters().get((shard + 1) % 3).ask(each -> each.clusterMyId());
    from.ask(each -> each.clusterSetSlotMigrating(slot, target));
    try {
      fails(Effect.UNAVAILABLE, () -> engine.decisions(List.of(transaction)));
    } finally {
      from.ask(each -> each.clusterSetSlotStable(slot));
    }
    assertThat(engine.decisions(List.of(transaction))).containsValue(Decision.COMMITTED);
  }

  /**
   * What one call makes content of and what another has made content of, at one master: replicas
   * have to have both, and what the other wrote may lie behind what this call did.
   */
  @Test
  void whatOthersFinishedIsWaitedForBehindWhatWasFinishedHere() {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("both");
    Shards shards = new Shards(nodes(cluster), keys, FOR_A_REPLICA, 1, PATIENCE);
    ClusterEngine engine = new ClusterEngine(shards, keys, shards.open(), PATIENCE);
    opened.add(engine);
    StreamKey other =
        Stream.iterate(0, n -> n + 1)
            .map(n -> StreamKey.inbox("tenant", "other " + n))
            .filter(inbox -> RedisCluster.shardOf(key(inbox)) == 0)
            .findFirst()
            .orElseThrow();
    List<Cell> cells = List.of(Cell.of(INBOXES.get(0)), Cell.of(other));
    List<Part> parts =
        cells.stream()
            .map(cell -> new Part(cell, commit().inbox(cell.partition(), note(1)).build()))
            .toList();
    String transaction = engine.newTransaction();
    engine.prepare(transaction, parts, 0, parts.size());
    engine.decide(transaction, Decision.COMMITTED);
    engine.settle(transaction, true, cells.subList(1, 2));
    RedisProcess master = cluster.masters().get(0);
    long before = scripts(master);
    engine.settle(transaction, true, cells);
    assertThat(scripts(master) - before).as("two cells, and a write behind them").isEqualTo(3);

    String next = engine.newTransaction();
    List<Part> more =
        cells.stream()
            .map(cell -> new Part(cell, commit().inbox(cell.partition(), note(2)).build()))
            .toList();
    engine.prepare(next, more, 0, more.size());
    engine.decide(next, Decision.COMMITTED);
    engine.settle(next, true, cells.subList(0, 1));
    long then = scripts(master);
    engine.settle(next, true, cells);
    assertThat(scripts(master) - then).as("what was written behind it is enough").isEqualTo(2);

    String last = engine.newTransaction();
    List<Part> most =
        cells.stream()
            .map(cell -> new Part(cell, commit().inbox(cell.partition(), note(3)).build()))
            .toList();
    engine.prepare(last, most, 0, most.size());
    engine.decide(last, Decision.COMMITTED);
    engine.settle(last, true, cells.subList(0, 1));
    master.ask(each -> each.scriptFlush());
    long flushed = scripts(master);
    engine.settle(last, true, cells);
    // A script that is not known there runs behind those that are.
    assertThat(scripts(master) - flushed).as("both twice, and a write behind them").isEqualTo(5);
  }

  static long scripts(RedisProcess node) {
    return calls(node, "evalsha");
  }

  /** How often a command was called, also by scripts. */
  static long calls(RedisProcess node, String command) {
    return node.ask(each -> each.info("commandstats"))
        .lines()
        .filter(line -> line.startsWith("cmdstat_%s:calls=".formatted(command)))
        .mapToLong(line -> Long.parseLong(line.split("[=,]", -1)[1]))
        .sum();
  }

  // ---- connections that go ----------------------------------------------------------------------

  /**
   * Answers are lost and connections cut at any moment, of one master or another. Whatever a writer
   * was told: each commit is there as a whole or not at all, and what was acknowledged is there.
   */
  @Test
  void whateverIsCutCommitsAreWhole() throws Exception {
    RedisCluster cluster = RedisCluster.shared();
    Keys keys = Keys.ofCluster("cut");
    ProxiedNodes nodes = new ProxiedNodes(cluster);
    Store store = open(nodes, keys, Waiting.NONE);
    Random random = new Random(7);
    // Of failures over commits, for now. A slow machine gets no commit through between two cuts.
    AtomicInteger lead = new AtomicInteger();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    opened.add(threads::shutdownNow);
    threads.execute(
        () -> {
          for (int i = 0; !Thread.currentThread().isInterrupted(); ) {
            if (lead.get() < MOST_LEAD) {
              nodes.harm(random, i++ % 2 == 0);
            } else {
              LockSupport.parkNanos(1_000_000);
            }
          }
        });
    long acknowledged = 0;
    int failed = 0;
    long deadline = System.nanoTime() + Duration.ofSeconds(150).toNanos();
    while (failed < 30 || acknowledged < 30) {
      assertThat(System.nanoTime())
          .as("too long, %d %d", failed, acknowledged)
          .isLessThan(deadline);
      try {
        long next = store.heads(List.of(LOG)).get(0).head() + 1;
        assertThat(next).isGreaterThan(acknowledged);
        if (store.commit(step(next).build()) instanceof Committed) {
          acknowledged = next;
          lead.updateAndGet(failures -> Math.max(0, failures - 1));
        }
      } catch (StoreException e) {
        assertThat(e.effect()).isNotEqualTo(Effect.FAULT);
        failed++;
        lead.incrementAndGet();
      }
    }
    threads.shutdownNow();
    assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    nodes.calm();
    try (Store other =
        RedisStorage.cluster(cluster.uris()).withPrefix("cut").open(new StoreContext(PATIENCE))) {
      long head = other.heads(List.of(LOG)).get(0).head();
      assertThat(head).isGreaterThanOrEqualTo(acknowledged);
      whole(other, head);
      committed(other, step(head + 1));
    }
  }

  /** A way of its own to each node of a cluster. */
  private final class ProxiedNodes implements Shards.Nodes {
    private final Shards.Nodes real;
    private final Map<Integer, Proxy> proxies = new ConcurrentHashMap<>();

    ProxiedNodes(RedisCluster cluster) {
      real = nodes(cluster);
      cluster.masters().forEach(each -> proxies.put(each.port(), new Proxy(each.port())));
      proxies.values().forEach(opened::add);
    }

    @Override
    public List<Address> seeds() {
      return real.seeds();
    }

    @Override
    public StatefulRedisConnection<byte[], byte[]> connect(Address node) {
      Proxy proxy = proxies.get(node.port());
      return real.connect(proxy == null ? node : new Address(node.host(), proxy.port()));
    }

    /** Some milliseconds in which one master's answers are lost, if so, and a cut. */
    void harm(Random random, boolean mute) {
      Proxy proxy = List.copyOf(proxies.values()).get(random.nextInt(proxies.size()));
      try {
        TimeUnit.MILLISECONDS.sleep(5 + random.nextInt(40));
        proxy.mute(mute);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      proxy.cut();
      proxy.mute(false);
    }

    void calm() {
      proxies.values().forEach(each -> each.mute(false));
    }

    @Override
    public void close() {
      real.close();
    }
  }

  // ---- helpers ----------------------------------------------------------------------------------

  private RedisCluster cluster(boolean replicated) {
    RedisCluster cluster = RedisCluster.start(replicated, RedisProcess.DURABLE);
    opened.add(cluster);
    return cluster;
  }

  private Store open(RedisCluster cluster) {
    Store store = RedisStorage.cluster(cluster.uris()).open(new StoreContext(PATIENCE));
    opened.add(store);
    return store;
  }

  private Store open(Shards.Nodes nodes, Keys keys, Waiting waiting) {
    Shards shards = new Shards(nodes, keys, waiting, 4, PATIENCE);
    Store store = CellStore.open(new ClusterEngine(shards, keys, shards.open(), PATIENCE));
    opened.add(store);
    return store;
  }

  /** Knows the connections that were opened. */
  private static final class WatchedNodes implements Shards.Nodes {
    private final Shards.Nodes real;
    private final Map<Integer, Queue<StatefulRedisConnection<?, ?>>> connections =
        new ConcurrentHashMap<>();

    WatchedNodes(Shards.Nodes real) {
      this.real = real;
    }

    @Override
    public List<Address> seeds() {
      return real.seeds();
    }

    @Override
    public StatefulRedisConnection<byte[], byte[]> connect(Address node) {
      StatefulRedisConnection<byte[], byte[]> made = real.connect(node);
      connections.computeIfAbsent(node.port(), any -> new ConcurrentLinkedQueue<>()).add(made);
      return made;
    }

    /** Waits until this end knows that a node has closed them. */
    void awaitClosed(int port) {
      Awaitility.await()
          .until(
              () ->
                  connections.getOrDefault(port, new ConcurrentLinkedQueue<>()).stream()
                      .noneMatch(each -> each.isOpen()));
    }

    @Override
    public void close() {
      real.close();
    }
  }

  /** A row of the log with its submit, and one of each inbox: in all shards. */
  private static Commits step(long n) {
    Commits commit = commit().log(LOG, n, n).dedup(remembered(LOG, "" + n, 9_999));
    INBOXES.forEach(inbox -> commit.inbox(inbox, note(n)));
    return commit;
  }

  private static void committed(Store store, Commits commit) {
    assertThat(store.commit(commit.build())).isEqualTo(CommitOutcome.COMMITTED);
  }

  /** All streams have so many rows, and as many submits are remembered. */
  private static void whole(Store store, long count) {
    List<StreamKey> streams = new ArrayList<>(INBOXES);
    streams.add(LOG);
    assertThat(store.heads(streams)).allMatch(head -> head.head() == count);
    for (StreamKey inbox : INBOXES) {
      assertThat(store.readInbox(inbox, 0, 9_999, Long.MAX_VALUE).items()).hasSize((int) count);
    }
    List<DedupKey> submits =
        LongStream.rangeClosed(1, count + 5)
            .mapToObj(n -> new DedupKey(LOG, "alice", "" + n))
            .toList();
    assertThat(store.dedups(submits)).hasSize((int) count);
  }

  private static void fails(Effect effect, ThrowingCallable call) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.effect()).as("%s, %s", e, e.getCause()).isEqualTo(effect));
  }
}
