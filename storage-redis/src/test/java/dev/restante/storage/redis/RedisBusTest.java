package dev.restante.storage.redis;

import static dev.restante.storage.redis.Ear.MESSAGE;
import static dev.restante.storage.redis.Ear.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.testredis.Proxy;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a bus on Redis does when servers and connections break, and what it leaves behind. */
@Tag("O6")
@Timeout(120)
final class RedisBusTest {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Ear ear = new Ear();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private RedisProcess redis(String... settings) {
    RedisProcess started = RedisProcess.start(List.of(settings));
    opened.add(started);
    return started;
  }

  private Proxy proxy(RedisProcess before) {
    Proxy proxy = new Proxy(before.port());
    opened.add(proxy);
    return proxy;
  }

  private BusLink connect(RedisBus bus) {
    BusLink link = bus.connect(ear);
    opened.add(link);
    return link;
  }

  /** Connections other than the one that asks. */
  private static long connections(RedisProcess redis) {
    return redis.ask(RedisCommands::clientList).lines().count() - 1;
  }

  @Test
  void aChannelIsAPlainName() {
    RedisBus bus = RedisBus.at("redis://:secret@localhost/3");
    for (String name : List.of("", "a b", "a\r\nQUIT", "*", "é", "\u0000", "x".repeat(65))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bus.withChannel(name))
          .withMessageContaining("1 to 64")
          .withMessageEndingWith(name);
    }
    assertThat(bus.withChannel("x".repeat(64)).description())
        .contains("localhost:6379", "x".repeat(64))
        .doesNotContain("secret");
  }

  // ---- servers that cannot be a bus -------------------------------------------------------------

  @Test
  void aServerThatIsNotThereIsSaidAtOnce() {
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> RedisBus.at("redis://127.0.0.1:1").connect(ear))
        .withMessageContaining("refused");
  }

  @Test
  void aServerThatIsSilentFromTheBeginningHoldsNobodyUp() {
    Proxy proxy = proxy(RedisProcess.shared());
    proxy.mute(true);
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> RedisBus.at(proxy.uri()).connect(ear))
        .withMessageContaining("timed out");
  }

  /** What is published on a replica only others on it hear. */
  @Test
  void aReplicaIsRefused() {
    RedisProcess master = redis();
    RedisProcess replica = redis("--replicaof", "127.0.0.1 " + master.port());
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> RedisBus.at(replica.uri()).connect(ear))
        .withMessageContaining("no master");
    await().atMost(PATIENCE).until(() -> connections(replica) <= 1);
  }

  @Test
  void aUserNeedsThreeCommandsAndTheChannel() throws Exception {
    RedisProcess redis = redis();
    redis.ask(
        commands ->
            commands.aclSetuser(
                "bus",
                AclSetuserArgs.Builder.on()
                    .addPassword("pw")
                    .channelPattern("mine:*")
                    .addCommand(CommandType.PUBLISH)
                    .addCommand(CommandType.SUBSCRIBE)
                    .addCommand(CommandType.ROLE)));
    RedisBus bus = RedisBus.at(redis.uri().replace("://", "://bus:pw@"));
    ear.works(connect(bus.withChannel("mine:hints")));
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> bus.connect(ear))
        .withMessageContaining("NOPERM");
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> RedisBus.at(redis.uri().replace("://", "://bus:no@")).connect(ear))
        .satisfies(e -> assertThat(e.toString()).doesNotContain("bus:no"));
  }

  // ---- servers and connections that break
  // --------------------------------------------------------

  /** Its own threads and connections go with it, also those of attempts that failed. */
  @Test
  void nothingIsLeftOfALinkThatWasClosed() throws Exception {
    RedisProcess redis = redis();
    RedisBus bus = RedisBus.at(redis.uri());
    int before = threads();
    for (int i = 0; i < 5; i++) {
      BusLink link = bus.connect(ear);
      ear.works(link);
      assertThat(connections(redis)).isGreaterThanOrEqualTo(2);
      link.close();
      link.close();
    }
    await().atMost(PATIENCE).until(() -> connections(redis) == 0);
    redis.kill();
    for (int i = 0; i < 5; i++) {
      assertThatExceptionOfType(BusException.class).isThrownBy(() -> bus.connect(ear));
    }
    await().atMost(PATIENCE).until(() -> threads() <= before);
    assertThat(ear.losses()).as("who closes is not told of a loss").isEmpty();
  }

  private static int threads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("lettuce"))
            .count();
  }

  @Test
  void whenTheServerDiesThatIsToldAndALinkMadeLaterWorks() throws Exception {
    RedisProcess redis = redis();
    RedisBus bus = RedisBus.at(redis.uri());
    BusLink link = connect(bus);
    ear.works(link);
    redis.kill();
    ear.isTold();
    assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
    assertThatExceptionOfType(BusException.class).isThrownBy(() -> bus.connect(ear));
    redis.start();
    assertThatExceptionOfType(BusException.class)
        .as("what broke stays broken")
        .isThrownBy(() -> link.send(MESSAGE));
    ear.works(connect(bus));
  }

  /** A pub/sub client that reads too slowly is thrown out by Redis in the same way. */
  @Test
  void whenTheListeningConnectionEndsThatIsTold() throws Exception {
    RedisProcess redis = redis();
    connect(RedisBus.at(redis.uri()));
    redis.ask(commands -> commands.clientKill(KillArgs.Builder.typePubsub()));
    ear.isTold();
  }

  @Test
  void whenTheSendingConnectionEndsTheNextMessageSaysSo() {
    RedisProcess redis = redis();
    BusLink link = connect(RedisBus.at(redis.uri()));
    redis.ask(commands -> commands.clientKill(KillArgs.Builder.typeNormal().skipme()));
    await().atMost(PATIENCE).until(() -> connections(redis) == 1);
    assertThatExceptionOfType(BusException.class).isThrownBy(() -> link.send(MESSAGE));
  }

  /** As behind a cable that was cut: nobody answers, and nobody says why. */
  @Test
  void aServerThatIsSilentHoldsNobodyUp() {
    RedisProcess redis = redis();
    BusLink link = connect(RedisBus.at(redis.uri()));
    redis.signal("STOP");
    try {
      assertThatExceptionOfType(BusException.class)
          .isThrownBy(() -> link.send(MESSAGE))
          .withMessageContaining("no answer");
    } finally {
      redis.signal("CONT");
    }
  }

  @Test
  void closingFreesWhoeverSends() {
    RedisProcess redis = redis();
    BusLink link = connect(RedisBus.at(redis.uri()));
    redis.signal("STOP");
    try {
      CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> link.send(MESSAGE));
      await().atMost(PATIENCE).until(RedisBusTest::someoneWaitsForAnAnswer);
      link.close();
      assertThat(sender)
          .failsWithin(PATIENCE)
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(BusException.class)
          .withMessageNotContaining("no answer");
    } finally {
      redis.signal("CONT");
    }
    assertThat(ear.losses()).as("who closes is not told of a loss").isEmpty();
  }

  private static boolean someoneWaitsForAnAnswer() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Stream::of)
        .anyMatch(
            frame ->
                frame.getClassName().equals(RedisBus.class.getName())
                    && frame.getMethodName().equals("answer"));
  }

  @Test
  void afterAFailoverTheBusIsWhereSentinelSays() throws Exception {
    RedisProcess master = redis();
    RedisProcess replica = redis("--replicaof", "127.0.0.1 " + master.port());
    RedisProcess sentinel = RedisProcess.sentinel(master);
    opened.add(sentinel);
    await().atMost(PATIENCE).until(() -> sentinel.ask(RedisCommands::info).contains("slaves=1"));
    RedisBus bus = RedisBus.at("redis-sentinel://127.0.0.1:%d#main".formatted(sentinel.port()));
    ear.works(connect(bus));
    master.kill();
    ear.isTold();
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(BusException.class)
        .until(() -> connect(bus) != null);
    assertThat(connections(replica)).isPositive();
    ear.works((BusLink) opened.get(opened.size() - 1));
  }

  // ---- the host's client
  // -------------------------------------------------------------------------

  /** One that reconnects by itself, too: a link that broke is given up before it is whole again. */
  @Test
  void theHostsClientStaysTheHosts() throws Exception {
    RedisProcess redis = redis();
    RedisClient client = RedisClient.create(redis.uri());
    opened.add(() -> client.shutdown(Duration.ZERO, PATIENCE));
    RedisBus bus = RedisBus.on(client);
    BusLink link = connect(bus);
    ear.works(link);
    redis.kill();
    ear.isTold();
    link.close();
    redis.start();
    ear.works(connect(bus));
    opened.remove(opened.size() - 1).close();
    await().atMost(PATIENCE).until(() -> connections(redis) == 0);
    assertThat(client.connect().sync().ping()).isEqualTo("PONG");
  }
}
