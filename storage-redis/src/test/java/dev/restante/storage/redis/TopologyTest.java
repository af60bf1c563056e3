package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is believed of a cluster's shape, and when it is asked for. */
final class TopologyTest {
  private static final Address ONE = new Address("one.example", 1);
  private static final Address TWO = new Address("two.example", 2);
  private static final Address THREE = new Address("three.example", 3);

  private final Map<Address, List<?>> answers = new HashMap<>();
  private final List<Address> asked = new ArrayList<>();
  private final Topology topology =
      new Topology(this::ask, List.of(ONE, TWO), Duration.ofSeconds(5));

  private List<?> ask(Address node) {
    asked.add(node);
    List<?> answer = answers.get(node);
    if (answer == null) {
      throw new StoreException(Effect.UNAVAILABLE, "gone", null);
    }
    return answer;
  }

  private static List<?> run(long from, long to, List<?>... nodes) {
    List<Object> run = new ArrayList<>(List.of(from, to));
    run.addAll(Arrays.asList(nodes));
    return run;
  }

  private static List<?> node(@Nullable String host, long port) {
    byte[] bytes = host == null ? null : host.getBytes(StandardCharsets.UTF_8);
    return Arrays.asList(bytes, port, "id".getBytes(StandardCharsets.UTF_8), List.of());
  }

  private static List<?> node(Address address) {
    return node(address.host(), address.port());
  }

  @Test
  void runsOfSlotsAreRead() {
    SlotMap map =
        SlotMap.read(
            List.of(
                run(0, 5_000, node(ONE), node(THREE)),
                run(5_001, 5_001, node(TWO)),
                run(5_002, 16_383, node(ONE))),
            ONE);
    assertThat(map.ownerOf(0)).isEqualTo(ONE);
    assertThat(map.ownerOf(5_000)).isEqualTo(ONE);
    assertThat(map.ownerOf(5_001)).isEqualTo(TWO);
    assertThat(map.ownerOf(16_383)).isEqualTo(ONE);
    assertThat(map.masters()).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(map.nodes()).containsExactlyInAnyOrder(ONE, TWO, THREE);
    assertThat(map.hasHoles()).isFalse();
  }

  @Test
  void whatNodesDoNotKnowIsNotBelieved() {
    SlotMap map =
        SlotMap.read(
            List.of(
                run(0, 10, node(null, 1)),
                run(11, 20, node("", 1)),
                run(21, 30, node("?", 1)),
                run(31, 16_383, node(TWO))),
            ONE);
    assertThat(map.ownerOf(5)).isEqualTo(ONE);
    assertThat(map.ownerOf(15)).isEqualTo(ONE);
    assertThat(map.ownerOf(25)).isNull();
    assertThat(map.hasHoles()).isTrue();
    assertThat(new SlotMap().hasHoles()).isTrue();
  }

  @Test
  void itIsAskedForOnceAndAgainWhenItIsInDoubt() {
    answers.put(ONE, List.of(run(0, 16_383, node(TWO))));
    answers.put(TWO, List.of(run(0, 16_383, node(TWO))));
    SlotMap first = topology.known();
    assertThat(topology.known()).isSameAs(first);
    assertThat(asked).hasSize(1);
    topology.doubt();
    assertThat(topology.known()).isNotSameAs(first);
    assertThat(asked).hasSize(2).doesNotHaveDuplicates();
  }

  /** Nodes that are gone, and one that nobody has met yet, are passed over. */
  @Test
  void anyNodeMayTell() {
    answers.put(ONE, List.of(run(0, 16_383, node(THREE))));
    topology.known();
    answers.clear();
    answers.put(THREE, List.of(run(0, 16_383, node(THREE))));
    topology.doubt();
    assertThat(topology.known().ownerOf(7)).isEqualTo(THREE);
    answers.put(THREE, List.of());
    answers.put(TWO, List.of(run(0, 16_383, node(TWO))));
    topology.doubt();
    assertThat(topology.known().ownerOf(7)).isEqualTo(TWO);
  }

  /** It stays in doubt until somebody told. */
  @Test
  void nobodyToAskIsUnavailable() {
    assertThatThrownBy(topology::known).isInstanceOf(StoreException.class);
    assertThat(asked).containsExactlyInAnyOrder(ONE, TWO);
    answers.put(TWO, List.of(run(0, 16_383, node(TWO))));
    assertThat(topology.known().ownerOf(7)).isEqualTo(TWO);
    topology.known().moved(7, THREE);
    assertThat(topology.known().ownerOf(7)).isEqualTo(THREE);
    assertThat(topology.known().ownerOf(8)).isEqualTo(TWO);
  }

  @Test
  void addressesOfNodesAreRead() {
    assertThat(Address.of("10.0.0.1:6379")).contains(new Address("10.0.0.1", 6379));
    assertThat(Address.of("2001:db8::1:6379")).contains(new Address("2001:db8::1", 6379));
    assertThat(Address.of(":6379")).isEmpty();
    assertThat(Address.of("host")).isEmpty();
    assertThat(Address.of("host:port")).isEmpty();
  }
}
