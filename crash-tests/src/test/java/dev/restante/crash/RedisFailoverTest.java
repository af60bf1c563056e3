package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.redis.RedisStorage;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A master of Redis dies, and its replica takes over, at the master's address, or where Sentinel or
 * the rest of a cluster says. Replication is asynchronous: what the replica does not have is lost,
 * noticed and told; and it is not lost where commits wait for the replica.
 */
@Tag("M1")
final class RedisFailoverTest {
  private static final DeviceId ALICE = UserId.of("alice").device("phone");
  private static final DeviceId BOB = UserId.of("bob").device("phone");
  private static final DeviceId CAROL = UserId.of("carol").device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE.user(), BOB.user());
  private static final ConversationId OTHER = ConversationId.between(ALICE.user(), CAROL.user());
  private static final Cursor NOWHERE = new Cursor("nowhere");
  private static final int UNDER_WAY = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Keys of logs. There are rows of one conversation only. */
  private static final String LOGS = "restante:l*";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Queue<String> losses = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  // ---- who notices ------------------------------------------------------------------------------

  /**
   * Nobody writes after the failover, and the node is a new one: the device knows more than the
   * store. It brings the loss to light, and the new epoch reaches a device that lost nothing.
   */
  @Test
  @Tag("S2")
  void aDeviceThatKnowsMoreThanTheStoreBringsTheLossToLight() {
    Pair pair = new Pair(Way.ADDRESS_MOVES);
    Cursor bobs;
    Cursor carols;
    try (Restante before = node(pair, 0)) {
      register(before);
      accepted(before, OTHER, 1, 5);
      carols = new Device(before, CAROL, NOWHERE).caughtUp(5);
      accepted(before, TALK, 1, 5);
      pair.awaitReplica();
      pair.cutReplicaOff();
      accepted(before, TALK, 6, 8);
      bobs = new Device(before, BOB, NOWHERE).caughtUp(8);
    }
    pair.failOver();

    Restante after = node(pair, 0);
    Device bob = new Device(after, BOB, bobs);
    bob.awaitSnapshot(Reason.STORE_LOST_WRITES);
    await().atMost(PATIENCE).until(() -> losses.size() == 1);
    assertThat(losses.peek()).contains("bob").endsWith("had 9 has 6");
    assertThat(after.counters().lossEvents()).isEqualTo(1);

    // Another node that was told nothing, and a device whose rows are all there.
    Restante other = node(pair, 0);
    new Device(other, CAROL, carols).awaitSnapshot(Reason.STORE_LOST_WRITES);
    assertThat(other.counters().lossEvents()).isZero();

    // The numbers that were lost are given out again, and Bob is brought what has them now.
    accepted(other, TALK, 6, 6);
    bob.awaitMessages(1);
    assertThat(stored(other).values()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  // ---- what is lost -----------------------------------------------------------------------------

  /** The replica keeps pace: what a dying master had answered and not yet sent on is little. */
  @Test
  void aReplicaThatKeepsPaceLosesLittle() {
    measure("replica that keeps pace", new Pair(Way.ADDRESS_MOVES), 0, 0);
  }

  /** The replica's connection stands still: all that is acknowledged from then on is lost. */
  @Test
  void aReplicaThatLagsLosesWhatItLacks() {
    int lost = measure("replica that stands still", new Pair(Way.ADDRESS_MOVES), 0, 1_000);
    assertThat(lost).isGreaterThanOrEqualTo(1_000);
  }

  @Test
  void whereCommitsWaitNothingIsLostWhenSentinelChooses() {
    Pair pair = new Pair(Way.SENTINEL);
    assertThat(measure("commits that wait, Sentinel", pair, 1, 0)).isZero();
  }

  /** Nothing is acknowledged while the replica stands still, so nothing can be lost. */
  @Test
  void whereCommitsWaitNothingIsLostByAReplicaThatStandsStill() {
    Pair pair = new Pair(Way.ADDRESS_MOVES);
    assertThat(measure("commits that wait, replica that stands still", pair, 1, 1)).isZero();
  }

  @Test
  void whereCommitsWaitNothingIsLostOfOneShard() {
    Shards shards = new Shards(LOGS);
    assertThat(measure("commits that wait, Cluster", shards, 1, 0)).isZero();
  }

  /**
   * A shard loses its part of commits, of which others keep theirs. The log ends before rows that
   * inboxes refer to; the next message of the conversation brings it to light.
   */
  @Test
  @Tag("S2")
  void aShardThatLosesWritesIsNoticed() {
    Shards shards = new Shards(LOGS);
    int lost = measure("replica of one shard that stands still, Cluster", shards, 0, 500);
    assertThat(lost).isGreaterThanOrEqualTo(500);
    assertThat(losses).isNotEmpty();
  }

  /**
   * A failover under load, after which everything that was not acknowledged is sent again.
   *
   * @param replicas how many commits wait for
   * @param behind how many messages are acknowledged, or if commits wait refused, between the
   *     moment when the replica is cut off and the death of the master; 0 if it is not cut off
   * @return how many messages were acknowledged and are gone
   */
  private int measure(String what, Servers pair, int replicas, int behind) {
    Restante node = node(pair, replicas);
    register(node);
    Device bob = new Device(node, BOB, NOWHERE);
    Flood flood = new Flood(node);
    flood.until(() -> flood.acknowledged.size() >= 2_000);
    if (behind > 0) {
      pair.cutReplicaOff();
      // What is under way may have reached it, and is acknowledged only now.
      flood.settle();
      int already = flood.acknowledged.size();
      int refused = flood.refused.get();
      flood.until(
          () ->
              flood.acknowledged.size() - already >= behind
                  || (replicas > 0 && flood.refused.get() - refused >= behind));
    }
    long died = System.nanoTime();
    pair.failOver();
    // Some of these may be the new master's already.
    flood.settle();
    Set<String> before = Set.copyOf(flood.acknowledged.keySet());
    // Of a log, who writes to it next notices that it has less than it had.
    flood.send(Draft.text(ALICE, TALK, "one more"));
    flood.finish();
    double seconds = (System.nanoTime() - died) / 1e9;

    Map<String, Long> stored = stored(node);
    Set<String> lost = new HashSet<>(before);
    lost.removeAll(stored.keySet());
    System.out.printf(
        "failover of Redis, %s: of %,d messages acknowledged %,d are lost; %d losses told; all others"
            + " acknowledged %.1f s after the death%n",
        what, before.size(), lost.size(), losses.size(), seconds);

    // All that is not lost is there once, where its acknowledgement says, and nothing else is.
    Map<String, Long> kept = new HashMap<>(flood.acknowledged);
    kept.keySet().removeAll(lost);
    assertThat(stored).isEqualTo(kept);
    assertThat(stored.values()).containsExactlyElementsOf(numbers(stored.size()));
    if (!lost.isEmpty()) {
      assertThat(losses).isNotEmpty();
      bob.awaitSnapshot(Reason.STORE_LOST_WRITES);
    }
    bob.awaitNewest(stored.size());
    return lost.size();
  }

  // ---- two servers ------------------------------------------------------------------------------

  /** A master that dies, and a replica that takes its place. */
  private interface Servers {
    RedisStorage storage();

    /** What a node that does not wait for replicas is to be content with. */
    Durability withoutWaiting();

    /** From now on the replica gets nothing. */
    void cutReplicaOff();

    /** The master dies, the replica takes its place, and the old master comes back behind it. */
    void failOver();
  }

  /** How a node finds the new master. */
  private enum Way {
    /** The replica is reached where the master was; whoever watches has made it the master. */
    ADDRESS_MOVES,
    /** Sentinel notices the death, makes the replica the master, and says where it is. */
    SENTINEL
  }

  /** A master and a replica, where a node finds the master, and the way between the two. */
  private final class Pair implements Servers {
    final RedisProcess master = opened(RedisProcess.start(RedisProcess.DURABLE));
    final Proxy link = opened(new Proxy(master.port()));
    final Proxy address = opened(new Proxy(master.port()));
    final RedisProcess replica;
    final @Nullable RedisProcess sentinel;

    Pair(Way way) {
      master.ask(commands -> commands.configSet("repl-diskless-sync-delay", "0"));
      // Sentinel makes replicas follow the address that it knows of, so it leaves no way between.
      int upstream = way == Way.SENTINEL ? master.port() : link.port();
      List<String> settings = new ArrayList<>(RedisProcess.DURABLE);
      settings.addAll(List.of("--replicaof", "127.0.0.1 " + upstream));
      replica = opened(RedisProcess.start(settings));
      replica.ask(commands -> commands.configSet("repl-diskless-sync-delay", "0"));
      await()
          .atMost(PATIENCE)
          .until(
              () -> master.ask(commands -> commands.info("replication")).contains("state=online"));
      sentinel = way == Way.SENTINEL ? opened(RedisProcess.sentinel(master)) : null;
      awaitSentinel("slaves=1");
    }

    @Override
    public RedisStorage storage() {
      return RedisStorage.at(
          sentinel == null
              ? address.uri()
              : "redis-sentinel://127.0.0.1:%d#main".formatted(sentinel.port()));
    }

    @Override
    public Durability withoutWaiting() {
      return Durability.LOCAL;
    }

    @Override
    public void cutReplicaOff() {
      link.mute(true);
    }

    private void awaitSentinel(String said) {
      if (sentinel != null) {
        RedisProcess asked = sentinel;
        await().atMost(PATIENCE).until(() -> asked.ask(RedisCommands::info).contains(said));
      }
    }

    /** Waits until the replica has all that was written so far. */
    void awaitReplica() {
      long replicas =
          master.ask(
              commands -> {
                commands.set("behind all others", "1");
                return commands.waitForReplication(1, PATIENCE.toMillis());
              });
      assertThat(replicas).isEqualTo(1);
    }

    @Override
    public void failOver() {
      master.kill();
      if (sentinel == null) {
        replica.ask(commands -> commands.replicaofNoOne());
        address.leadTo(replica.port());
      } else {
        awaitSentinel("address=127.0.0.1:" + replica.port());
      }
      master.start();
      master.ask(commands -> commands.replicaof("127.0.0.1", replica.port()));
    }
  }

  /** Three masters and their replicas, of which one pair fails over: that of what has a key. */
  private final class Shards implements Servers {
    final RedisCluster cluster = opened(RedisCluster.start(true, RedisProcess.DURABLE));
    final String keys;

    Shards(String keys) {
      this.keys = keys;
    }

    private int shard() {
      for (int shard = 0; ; shard++) {
        List<String> found = cluster.masters().get(shard).ask(commands -> commands.keys(keys));
        if (!found.isEmpty()) {
          return shard;
        }
      }
    }

    @Override
    public RedisStorage storage() {
      return RedisStorage.cluster(cluster.uris());
    }

    @Override
    public Durability withoutWaiting() {
      return Durability.VOLATILE;
    }

    /** It stands still, and its master is told that it is gone: nothing waits for it in between. */
    @Override
    public void cutReplicaOff() {
      cluster.replicas().get(shard()).signal("STOP");
      cluster
          .masters()
          .get(shard())
          .ask(commands -> commands.clientKill(KillArgs.Builder.typeSlave()));
    }

    @Override
    public void failOver() {
      int shard = shard();
      cluster.masters().get(shard).kill();
      cluster.replicas().get(shard).signal("CONT");
      cluster.awaitPromotion(shard);
      cluster.masters().get(shard).start();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.add(resource);
    return resource;
  }

  // ---- a node and its devices -------------------------------------------------------------------

  private Restante node(Servers servers, int replicas) {
    RedisStorage storage = servers.storage();
    if (replicas > 0) {
      storage = storage.waitingForReplicas(replicas, Duration.ofMillis(300));
    }
    Restante node =
        opened(
            Restante.builder()
                .storage(storage)
                .options(
                    RestanteOptions.builder()
                        .minimumDurability(
                            replicas > 0 ? Durability.REPLICA : servers.withoutWaiting())
                        .storeCallTimeout(Duration.ofSeconds(2))
                        .build())
                .listener(
                    new RestanteListener() {
                      @Override
                      public void storeLostWrites(String what, long had, long has) {
                        losses.add("%s had %d has %d".formatted(what, had, has));
                      }
                    })
                .build());
    await().atMost(PATIENCE).until(() -> node.health().state() == Health.State.UP);
    return node;
  }

  private static void register(Restante node) {
    for (DeviceId device : List.of(ALICE, BOB, CAROL)) {
      World.get(node.devices().register(device, "", "")).orThrow();
    }
  }

  /** Submits messages that get just these numbers. */
  private static void accepted(Restante node, ConversationId conversation, long from, long to) {
    for (long n = from; n <= to; n++) {
      Draft draft = Draft.text(ALICE, conversation, "number " + n);
      assertThat(World.get(node.messages().submit(draft)).orThrow().seq()).isEqualTo(n);
    }
  }

  /** Where each message stands, by its client id, in the order of the log. */
  private static Map<String, Long> stored(Restante node) {
    Map<String, Long> all = new LinkedHashMap<>();
    HistoryQuery whole = HistoryQuery.after(TALK, 0, HistoryQuery.MAX_LIMIT);
    for (Optional<HistoryQuery> next = Optional.of(whole); next.isPresent(); ) {
      HistoryPage page = World.get(node.messages().history(BOB.user(), next.get())).orThrow();
      for (LogEntry entry : page.entries()) {
        Long twice = all.put(((Message) entry).clientId(), entry.seq());
        assertThat(twice).as("another number of message %d", entry.seq()).isNull();
      }
      next = page.next();
    }
    return all;
  }

  private static List<Long> numbers(long to) {
    return LongStream.rangeClosed(1, to).boxed().toList();
  }

  /** A device that acknowledges what it is given. */
  private static final class Device {
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong newest = new AtomicLong();
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private final Queue<Reason> snapshots = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<DeviceSession> connected = new CompletableFuture<>();
    private final CompletionStage<DeviceSession> session = connected;
    private final Receiver receiver = new Receiver(this::take);
    private volatile Cursor place;

    Device(Restante node, DeviceId device, Cursor place) {
      this.place = place;
      SyncPolicy policy = SyncPolicy.everything();
      connected.complete(
          node.sync()
              .connect(device, place.equals(NOWHERE) ? policy : policy.resumeAt(place), receiver));
    }

    private void take(Delivery delivery) {
      if (delivery instanceof Delivery.Page page) {
        for (Entry entry : page.entries()) {
          if (entry instanceof Message message) {
            messages.incrementAndGet();
            newest.set(message.seq());
          }
        }
        acknowledge(page.cursor());
      } else if (delivery instanceof Delivery.Snapshot snapshot) {
        snapshots.add(snapshot.reason());
        snapshot.conversations().forEach(each -> newest.set(each.headSeq()));
        acknowledge(snapshot.cursor());
      } else if (delivery instanceof Delivery.CaughtUp end) {
        acknowledge(end.cursor());
      }
      receiver.more();
    }

    private void acknowledge(Cursor cursor) {
      unacknowledged.incrementAndGet();
      session
          .thenCompose(open -> open.acknowledge(cursor))
          .thenAccept(
              result -> {
                place = result.isOk() ? cursor : place;
                unacknowledged.decrementAndGet();
              });
    }

    /** Waits until it has so many messages and has acknowledged them, and tells its place. */
    Cursor caughtUp(int count) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> messages.get() == count && unacknowledged.get() == 0 && !place.equals(NOWHERE));
      return place;
    }

    void awaitSnapshot(Reason reason) {
      await().atMost(PATIENCE).until(() -> snapshots.contains(reason));
    }

    void awaitMessages(int count) {
      await().atMost(PATIENCE).until(() -> messages.get() == count);
    }

    void awaitNewest(long seq) {
      await().atMost(PATIENCE).until(() -> newest.get() == seq);
    }
  }

  /** Many messages at once in one conversation; what was refused is sent again in the end. */
  private static final class Flood {
    final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    final AtomicInteger refused = new AtomicInteger();
    private final Restante node;
    private final Queue<Draft> again = new ConcurrentLinkedQueue<>();
    private final Semaphore room = new Semaphore(UNDER_WAY);

    Flood(Restante node) {
      this.node = node;
    }

    /** Sends new messages until something has happened. */
    void until(BooleanSupplier happened) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!happened.getAsBoolean()) {
        assertThat(System.nanoTime()).as("a minute has passed").isLessThan(deadline);
        send(Draft.text(ALICE, TALK, "text"));
      }
    }

    private void send(Draft draft) {
      room.acquireUninterruptibly();
      node.messages()
          .submit(draft)
          .thenAccept(
              result -> {
                if (result.isOk()) {
                  acknowledged.put(draft.clientId(), result.orThrow().seq());
                } else {
                  refused.incrementAndGet();
                  again.add(draft);
                }
                room.release();
              });
    }

    /** Waits for all answers. */
    void settle() {
      room.acquireUninterruptibly(UNDER_WAY);
      room.release(UNDER_WAY);
    }

    /** Sends what was refused until none of it is. */
    void finish() {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                settle();
                for (Draft draft = again.poll(); draft != null; draft = again.poll()) {
                  send(draft);
                }
                settle();
                return again.isEmpty();
              });
    }
  }
}
