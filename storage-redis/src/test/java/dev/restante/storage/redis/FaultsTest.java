package dev.restante.storage.redis;

import static dev.restante.storage.redis.Commits.commit;
import static dev.restante.storage.redis.Commits.note;
import static dev.restante.storage.redis.Commits.remembered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Durability;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A Redis that is killed, stopped, full, demoted or cut off. */
final class FaultsTest {
  private static final StreamKey LOG = StreamKey.log("tenant", "talk");
  private static final StreamKey INBOX = StreamKey.inbox("tenant", "bob");

  /** More than a disk that is shared with others takes to be forced, as each commit has it. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** Where nobody will answer, this is what the test waits. */
  private static final Duration HASTY = Duration.ofSeconds(4);

  /**
   * A replica forces each commit to a disk that it shares with others: where one has to answer, it
   * is given this long, and where none will, this is what the test waits.
   */
  private static final Duration REPLICAS_PATIENCE = Duration.ofSeconds(6);

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  // ---- a server that dies -----------------------------------------------------------------------

  /** SIGKILL while a writer is at work: all that was acknowledged is there, once and in order. */
  @Test
  void whatWasAcknowledgedOutlivesAKill() {
    RedisProcess redis = redis(RedisProcess.DURABLE);
    Store store = open(redis.uri());
    AtomicLong acknowledged = new AtomicLong();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    opened.add(threads::shutdownNow);
    CompletableFuture<Effect> end =
        CompletableFuture.supplyAsync(() -> appendUntilItFails(store, acknowledged), threads);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> acknowledged.get() >= 200 || end.isDone());
    redis.kill();
    assertThat(end.join()).isIn(Effect.UNKNOWN, Effect.UNAVAILABLE);
    fails(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
    fails(Effect.UNAVAILABLE, () -> store.commit(commit().log(LOG, 1, 1).build()));

    redis.start();
    long head = head(store);
    assertThat(head).isBetween(acknowledged.get(), acknowledged.get() + 1);
    assertThat(store.heads(List.of(INBOX)).get(0).head()).isEqualTo(head);
    assertThat(rows(store)).isEqualTo(head);
    assertThat(dedups(store, head)).isEqualTo(head);
    committed(store, step(head + 1));
  }

  private static Effect appendUntilItFails(Store store, AtomicLong acknowledged) {
    try {
      while (true) {
        long next = acknowledged.get() + 1;
        committed(store, step(next));
        acknowledged.set(next);
      }
    } catch (StoreException e) {
      return e.effect();
    }
  }

  @Test
  void nobodyThereIsUnavailable() {
    RedisProcess redis = redis(List.of());
    redis.kill();
    Storage storage = RedisStorage.at(redis.uri());
    fails(Effect.UNAVAILABLE, () -> storage.open(new StoreContext(PATIENCE)));
    redis.start();
    opened.add(storage.open(new StoreContext(PATIENCE)));
  }

  /** What was sent to a server that stands still may be done later: once, if at all. */
  @Test
  void aServerThatStandsStillLeavesACommitUnknown() {
    RedisProcess redis = redis(RedisProcess.DURABLE);
    Store store = open(RedisStorage.at(redis.uri()), HASTY);
    committed(store, step(1));
    redis.signal("STOP");
    fails(Effect.UNKNOWN, () -> store.commit(step(2).build()));
    fails(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
    redis.signal("CONT");
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> head(store) == 2);
    assertThat(store.commit(step(2).build())).isEqualTo(new Conflict(Cause.HEAD));
    committed(store, step(3));
    assertThat(rows(store)).isEqualTo(3);
  }

  /** The answer is lost, and the connection too: the commit is reported, and not sent again. */
  @Test
  void aCommitIsNeverSentTwice() {
    Proxy proxy = new Proxy(RedisProcess.shared().port());
    opened.add(proxy);
    Store store = open(RedisStorage.at(proxy.uri()).withPrefix("once").withConnections(1));
    committed(store, step(1));
    proxy.mute(true);
    CompletableFuture<Void> cut =
        CompletableFuture.runAsync(
            () -> {
              try (Store other =
                  RedisStorage.at(RedisProcess.shared().uri())
                      .withPrefix("once")
                      .open(new StoreContext(PATIENCE))) {
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> head(other) == 2);
              }
              // The row is there. If anything sent it again it would come as another conflict.
              proxy.mute(false);
              proxy.cut();
            });
    fails(Effect.UNKNOWN, () -> store.commit(step(2).build()));
    cut.join();
    assertThat(head(store)).isEqualTo(2);
    assertThat(dedups(store, 5)).isEqualTo(2);
    committed(store, step(3));
  }

  @Test
  void aBrokenConnectionIsReplaced() {
    Proxy proxy = new Proxy(RedisProcess.shared().port());
    opened.add(proxy);
    Store store = open(RedisStorage.at(proxy.uri()).withPrefix("broken").withConnections(2));
    for (long n = 1; n <= 5; n++) {
      committed(store, step(n));
      proxy.cut();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsInstanceOf(StoreException.class)
          .until(() -> head(store) > 0);
    }
    assertThat(rows(store)).isEqualTo(5);
  }

  // ---- a server that cannot ---------------------------------------------------------------------

  @Test
  void aFullServerTakesNoCommitButReadsAndTrims() {
    RedisProcess redis = redis(List.of("--appendonly", "no"));
    Store store = open(redis.uri());
    committed(store, step(1).dedup(remembered(LOG, "old", 5)));
    redis.ask(commands -> commands.configSet("maxmemory", "1000000"));

    fails(Effect.UNAVAILABLE, () -> store.commit(step(2).build()));
    assertThat(head(store)).isEqualTo(1);
    assertThat(store.heads(List.of(INBOX)).get(0).head()).isEqualTo(1);
    assertThat(store.removeExpiredDedups(10, 10)).isEqualTo(1);
    assertThat(store.trim(List.of(new Trim(LOG, 1)), 10)).containsExactly(1L);
    redis.ask(commands -> commands.configSet("maxmemory", "0"));
    committed(store, step(2));
  }

  /** Memory runs out within the script, which then goes on: it is not stopped half-way. */
  @Test
  void aCommitThatFillsTheServerIsWhole() {
    RedisProcess redis = redis(List.of("--appendonly", "no"));
    Store store = open(redis.uri());
    committed(store, step(1));
    redis.ask(commands -> commands.configSet("maxmemory", "6mb"));
    long head = 1;
    StoreException full = null;
    while (full == null) {
      LogRow row = new LogRow(head + 1, 1, 1, 0, new byte[400_000]);
      try {
        committed(store, commit().log(LOG, row).inbox(INBOX, note(head + 1)));
        head++;
      } catch (StoreException e) {
        full = e;
      }
    }
    assertThat(full.effect()).isEqualTo(Effect.UNAVAILABLE);
    assertThat(head).isGreaterThan(3);
    assertThat(head(store)).isEqualTo(head);
    assertThat(store.heads(List.of(INBOX)).get(0).head()).isEqualTo(head);
  }

  /** A replica answers no reads either: it may not have what was acknowledged. */
  @Test
  void aDemotedServerIsUnavailable() {
    RedisProcess redis = redis(RedisProcess.DURABLE);
    RedisProcess other = redis(RedisProcess.DURABLE);
    Store store = open(redis.uri());
    committed(store, step(1));
    redis.ask(commands -> commands.replicaof("127.0.0.1", other.port()));
    fails(Effect.UNAVAILABLE, () -> store.commit(step(2).build()));
    fails(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
    fails(Effect.UNAVAILABLE, () -> store.readLog(all()));
    redis.ask(commands -> commands.replicaofNoOne());
    assertThat(head(store)).isLessThanOrEqualTo(1);
  }

  @Test
  void aServerThatIsBusyIsTransient() {
    RedisProcess redis = redis(List.of("--busy-reply-threshold", "50"));
    Store store = open(redis.uri());
    ExecutorService threads = Executors.newSingleThreadExecutor();
    opened.add(threads::shutdownNow);
    String endless = "while true do redis.call('PING') end";
    CompletableFuture<Void> loop =
        CompletableFuture.runAsync(
            () ->
                assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(
                        () ->
                            redis.ask(commands -> commands.eval(endless, ScriptOutputType.STATUS))),
            threads);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              try {
                return head(store) < 0;
              } catch (StoreException e) {
                return e.effect() == Effect.TRANSIENT;
              }
            });
    fails(Effect.TRANSIENT, () -> store.commit(step(1).build()));
    redis.ask(commands -> commands.scriptKill());
    loop.join();
    committed(store, step(1));
  }

  // ---- a server that will not do ----------------------------------------------------------------

  @Test
  void serversThatCannotHoldAStoreAreRefused() {
    RedisProcess evicting = redis(List.of("--maxmemory-policy", "allkeys-lru"));
    fails(Effect.FAULT, () -> open(evicting.uri()));
    RedisProcess cluster = redis(List.of("--cluster-enabled", "yes"));
    fails(Effect.FAULT, () -> open(cluster.uri()));
    RedisProcess locked = redis(List.of());
    locked.ask(
        commands ->
            commands.aclSetuser("weak", AclSetuserArgs.Builder.on().addPassword("pw").allKeys()));
    String weak = locked.uri().replace("://", "://weak:pw@");
    fails(Effect.FAULT, () -> open(weak));
    // Lettuce closes the connection that was refused, and now and then tells only of that
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> fails(Effect.FAULT, () -> open(weak.replace("pw", "wrong"))));
    // all rights but one, which only some commits need
    acl(locked, "+@all", "-zadd");
    fails(Effect.FAULT, () -> open(weak));
    // what is not known is not promised
    acl(locked, "+@all", "-config");
    assertThat(open(weak).info().durability()).isEqualTo(Durability.VOLATILE);
  }

  private static void acl(RedisProcess redis, String... rules) {
    redis.ask(
        commands -> {
          StringCodec utf8 = StringCodec.UTF8;
          CommandArgs<String, String> args = new CommandArgs<>(utf8).add("SETUSER").add("weak");
          for (String rule : rules) {
            args.add(rule);
          }
          return commands.dispatch(CommandType.ACL, new StatusOutput<>(utf8), args);
        });
  }

  @Test
  void onlyAServerThatForcesEachWriteIsDurable() {
    RedisProcess redis = redis(RedisProcess.DURABLE);
    assertThat(open(redis.uri()).info().durability()).isEqualTo(Durability.LOCAL);
    for (String setting :
        List.of("appendfsync everysec", "appendfsync no", "no-appendfsync-on-rewrite yes")) {
      String name = setting.split(" ", 2)[0];
      String before = redis.ask(commands -> commands.configGet(name)).get(name);
      redis.ask(commands -> commands.configSet(name, setting.split(" ", 2)[1]));
      assertThat(open(redis.uri()).info().durability()).as(setting).isEqualTo(Durability.VOLATILE);
      redis.ask(commands -> commands.configSet(name, String.valueOf(before)));
    }
    redis.ask(commands -> commands.configSet("appendonly", "no"));
    assertThat(open(redis.uri()).info().durability()).isEqualTo(Durability.VOLATILE);
  }

  /** The server behind a later connection may promise less than the first one did. */
  @Test
  void aServerThatPromisesLessThanBeforeIsNoServer() {
    RedisProcess redis = redis(RedisProcess.DURABLE);
    Proxy proxy = new Proxy(redis.port());
    opened.add(proxy);
    Store store = open(proxy.uri());
    committed(store, step(1));
    redis.ask(commands -> commands.configSet("appendfsync", "everysec"));
    proxy.cut();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> fails(Effect.UNAVAILABLE, () -> store.commit(step(2).build())));
    redis.ask(commands -> commands.configSet("appendfsync", "always"));
    committed(store, step(2));
  }

  // ---- replicas ---------------------------------------------------------------------------------

  @Test
  void commitsWaitForReplicasWhereAsked() {
    RedisProcess master = redis(RedisProcess.DURABLE);
    RedisProcess replica = replica(master);
    Store store = openWaiting(master, REPLICAS_PATIENCE);
    assertThat(store.info().durability()).isEqualTo(Durability.REPLICA);
    committed(store, step(1));
    DedupKey first = new DedupKey(LOG, "alice", "1");
    assertThat(store.dedups(List.of(first))).hasSize(1);

    replica.kill();
    fails(Effect.UNKNOWN, () -> store.commit(step(2).build()));
    // The row is there, but an answer that stands by it would promise what is not so.
    DedupKey second = new DedupKey(LOG, "alice", "2");
    fails(Effect.UNAVAILABLE, () -> store.dedups(List.of(second)));
    assertThat(store.dedups(List.of(new DedupKey(LOG, "alice", "none")))).isEmpty();

    replica.start();
    awaitReplica(master);
    assertThat(store.dedups(List.of(second))).hasSize(1);
    committed(store, step(3));
    long elements = replica.ask(commands -> commands.llen("restante:l{tenant/talk}"));
    assertThat(elements).isEqualTo(1 + 3);
  }

  @Test
  void aCallIsLongEnoughToWaitForReplicas() {
    RedisStorage waiting = RedisStorage.at(RedisProcess.shared().uri());
    fails(
        Effect.FAULT,
        () -> open(waiting.waitingForReplicas(1, PATIENCE.dividedBy(2).plusMillis(1))));
  }

  /** Each commit that was acknowledged is on the replica that takes over. */
  @Test
  void aFailoverLosesNothingThatWaited() {
    RedisProcess master = redis(RedisProcess.DURABLE);
    RedisProcess replica = replica(master);
    Store store = openWaiting(master, REPLICAS_PATIENCE.multipliedBy(10));
    for (long n = 1; n <= 100; n++) {
      committed(store, step(n));
    }
    master.kill();
    replica.ask(commands -> commands.replicaofNoOne());
    Store after = open(replica.uri());
    assertThat(rows(after)).isEqualTo(100);
    assertThat(dedups(after, 100)).isEqualTo(100);
  }

  /** A replica that lagged takes over: the next commit notices, though it verifies nothing. */
  @Test
  void aFailoverThatLostCommitsIsNoticed() {
    RedisProcess master = redis(RedisProcess.DURABLE);
    RedisProcess replica = replica(master);
    Store store = open(master.uri());
    committed(store, step(1));
    master.ask(commands -> commands.waitForReplication(1, 5_000));
    replica.ask(commands -> commands.replicaofNoOne());
    committed(store, step(2));
    master.kill();

    Store after = open(replica.uri());
    assertThat(after.commit(step(3).build())).isEqualTo(new Conflict(Cause.HEAD));
    assertThat(head(after)).isEqualTo(1);
    committed(after, step(2));
  }

  /** The address is that of a Sentinel, and the calls find their way to the new master. */
  @Test
  void sentinelTellsWhereTheMasterIs() {
    RedisProcess master = redis(RedisProcess.DURABLE);
    RedisProcess replica = replica(master);
    RedisProcess sentinel = RedisProcess.sentinel(master);
    opened.add(sentinel);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> sentinel.ask(RedisCommands::info).contains("slaves=1"));
    Store store = open("redis-sentinel://127.0.0.1:%d#main".formatted(sentinel.port()));
    committed(store, step(1));
    master.ask(commands -> commands.waitForReplication(1, 5_000));
    master.kill();
    fails(Effect.UNAVAILABLE, () -> store.heads(List.of(LOG)));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(StoreException.class)
        .until(() -> head(store) == 1);
    committed(store, step(2));
    long elements = replica.ask(commands -> commands.llen("restante:l{tenant/talk}"));
    assertThat(elements).isEqualTo(1 + 2);
  }

  // ---- the host's client ------------------------------------------------------------------------

  @Test
  void theHostsClientStaysTheHosts() {
    RedisClient client = RedisClient.create(RedisProcess.shared().uri());
    opened.add(() -> client.shutdown(Duration.ZERO, PATIENCE));
    RedisStorage storage = RedisStorage.on(client).withPrefix("host");
    // as it comes it repeats commands when it reconnects
    fails(Effect.FAULT, () -> open(storage));
    client.setOptions(RedisStorage.clientOptions());
    Store store = storage.open(new StoreContext(PATIENCE));
    committed(store, step(1));
    store.close();
    fails(Effect.FAULT, () -> store.heads(List.of(LOG)));
    assertThat(client.connect().sync().ping()).isEqualTo("PONG");
  }

  // ---- helpers ----------------------------------------------------------------------------------

  private RedisProcess redis(List<String> settings) {
    RedisProcess started = RedisProcess.start(settings);
    opened.add(started);
    return started;
  }

  private RedisProcess replica(RedisProcess master) {
    List<String> settings = new ArrayList<>(RedisProcess.DURABLE);
    settings.addAll(List.of("--replicaof", "127.0.0.1 " + master.port()));
    master.ask(commands -> commands.configSet("repl-diskless-sync-delay", "0"));
    RedisProcess replica = redis(settings);
    awaitReplica(master);
    return replica;
  }

  private static void awaitReplica(RedisProcess master) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> master.ask(commands -> commands.info("replication")).contains("state=online"));
  }

  /** Commits wait for a replica, for so long. */
  private Store openWaiting(RedisProcess master, Duration patience) {
    Store store =
        RedisStorage.at(master.uri())
            .waitingForReplicas(1, patience)
            .open(new StoreContext(patience.multipliedBy(2)));
    opened.add(store);
    return store;
  }

  private Store open(String uri) {
    return open(RedisStorage.at(uri));
  }

  private Store open(Storage storage) {
    return open(storage, PATIENCE);
  }

  private Store open(Storage storage, Duration patience) {
    Store store = storage.open(new StoreContext(patience));
    opened.add(store);
    return store;
  }

  /** One message: a row in the log and in the inbox, and a dedup row. */
  private static Commits step(long n) {
    return commit()
        .log(LOG, n, n)
        .inbox(INBOX, note(n))
        .dedup(remembered(LOG, Long.toString(n), 9_999));
  }

  private static void committed(Store store, Commits commit) {
    assertThat(store.commit(commit.build())).isEqualTo(CommitOutcome.COMMITTED);
  }

  private static long head(Store store) {
    return store.heads(List.of(LOG)).get(0).head();
  }

  private static int rows(Store store) {
    return store.readLog(all()).rows().size();
  }

  private static LogRange all() {
    return new LogRange(LOG, 1, Long.MAX_VALUE, false, Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  private static int dedups(Store store, long upTo) {
    List<DedupKey> keys = new ArrayList<>();
    for (long n = 1; n <= upTo; n++) {
      keys.add(new DedupKey(LOG, "alice", Long.toString(n)));
    }
    return store.dedups(keys).size();
  }

  private static void fails(Effect effect, ThrowingCallable call) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.effect()).as("%s, %s", e, e.getCause()).isEqualTo(effect));
  }
}
