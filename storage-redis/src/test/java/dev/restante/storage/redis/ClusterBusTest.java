package dev.restante.storage.redis;

import static dev.restante.storage.redis.Ear.MESSAGE;
import static dev.restante.storage.redis.Ear.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.testredis.RedisCluster;
import dev.restante.testredis.RedisProcess;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a bus on a cluster does when the slot of its channel goes to another master. */
@Tag("O6")
@Timeout(180)
final class ClusterBusTest {
  private static final int SLOT = SlotHash.getSlot(RedisBus.DEFAULT_CHANNEL);
  private static final int SHARD = RedisCluster.shardOf(RedisBus.DEFAULT_CHANNEL);

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Ear ear = new Ear();
  private final Ear other = new Ear();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private BusLink connect(RedisBus bus, Ear listener) {
    BusLink link = bus.connect(listener);
    opened.add(link);
    return link;
  }

  /** A link of each ear's, as soon as both can be had. They hear each other. */
  private void bothHear(RedisBus bus) throws InterruptedException {
    BusLink one = link(bus, ear);
    BusLink two = link(bus, other);
    one.send(MESSAGE);
    ear.hears();
    other.hears();
    two.send(MESSAGE);
    ear.hears();
    other.hears();
  }

  private BusLink link(RedisBus bus, Ear listener) {
    return await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(BusException.class)
        .until(() -> connect(bus, listener), link -> true);
  }

  private void bothAreTold() throws InterruptedException {
    ear.isTold();
    other.isTold();
  }

  private static String listeners(RedisProcess node) {
    return node.ask(commands -> commands.pubsubShardNumsub(RedisBus.DEFAULT_CHANNEL)).toString();
  }

  @Test
  void aClusterIsNamedByNodes() {
    for (String[] wrong :
        List.of(
            new String[0],
            new String[] {"redis://localhost/3"},
            new String[] {"redis-sentinel://localhost#main"})) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RedisBus.cluster(wrong))
          .withMessageContaining("node");
    }
    assertThat(RedisBus.cluster("redis://:secret@localhost", "redis://10.0.0.2:7000").description())
        .contains("localhost:6379", "10.0.0.2:7000", "restante:hints")
        .doesNotContain("secret");
  }

  @Test
  void aServerThatIsNoClusterIsRefused() {
    RedisBus bus = RedisBus.cluster(RedisProcess.shared().uri());
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> bus.connect(ear))
        .withMessageContaining("cluster support disabled");
  }

  @Test
  void aUserNeedsFourCommandsAndTheChannel() throws Exception {
    List<RedisProcess> nodes = RedisCluster.shared().nodes();
    for (RedisProcess node : nodes) {
      node.ask(
          commands ->
              commands.aclSetuser(
                  "bus",
                  AclSetuserArgs.Builder.on()
                      .addPassword("pw")
                      .channelPattern("mine:*")
                      .addCommand(CommandType.SPUBLISH)
                      .addCommand(CommandType.SSUBSCRIBE)
                      .addCommand(CommandType.ROLE)
                      .addCommand(CommandType.CLUSTER)));
    }
    String[] uris = RedisCluster.shared().uris();
    RedisBus bus =
        RedisBus.cluster(
            Stream.of(uris).map(uri -> uri.replace("://", "://bus:pw@")).toArray(String[]::new));
    ear.works(connect(bus.withChannel("mine:hints"), ear));
    assertThatExceptionOfType(BusException.class)
        .isThrownBy(() -> bus.connect(ear))
        .withMessageContaining("NOPERM");
  }

  /**
   * The slot is moved by hand, its new master gives way to its replica, and that is killed. The bus
   * was told of one node alone, which is not the one that is left in the end.
   */
  @Test
  void theBusIsWhereTheSlotOfItsChannelIs() throws Exception {
    RedisCluster cluster = RedisCluster.start(true, RedisProcess.DURABLE);
    opened.add(cluster);
    int next = (SHARD + 1) % 3;
    RedisProcess before = cluster.masters().get(SHARD);
    RedisProcess after = cluster.masters().get(next);
    RedisProcess replica = cluster.replicas().get(next);
    RedisBus bus = RedisBus.cluster(replica.uri());
    bothHear(bus);
    assertThat(listeners(before)).contains("=2");

    String source = before.ask(commands -> commands.clusterMyId());
    String target = after.ask(commands -> commands.clusterMyId());
    after.ask(commands -> commands.clusterSetSlotImporting(SLOT, source));
    before.ask(commands -> commands.clusterSetSlotMigrating(SLOT, target));
    bothHear(bus);
    assertThat(ear.losses()).as("a slot on the move carries messages").isEmpty();
    cluster.masters().forEach(each -> each.ask(asked -> asked.clusterSetSlotNode(SLOT, target)));
    bothAreTold();
    ear.losses().clear();
    other.losses().clear();
    bothHear(bus);
    assertThat(listeners(after)).contains("=2");

    replica.ask(commands -> commands.clusterFailover(false, false));
    bothAreTold();
    bothHear(bus);
    await().atMost(PATIENCE).until(() -> listeners(replica).contains("=2"));

    replica.kill();
    bothAreTold();
    bothHear(bus);
    assertThat(listeners(after)).contains("=2");
  }
}
