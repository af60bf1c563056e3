package dev.restante.storage.redis;

import dev.restante.storage.Durability;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.redis.Link.Reply;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The masters of a cluster. A call goes to the master that has the slot of its first key; several
 * calls at once go to all their masters at once, to each of them one behind the other.
 *
 * <p>What a node says about slots is said before a script has run: such a call is made again, where
 * it belongs. Nothing else is ever sent twice. Whatever else goes wrong has the cluster asked for
 * its shape before the next call, so that a store finds new masters by itself, by whichever call
 * comes first.
 */
final class Shards implements Calls, AutoCloseable {
  /** Between two attempts to follow a slot that moves; a quarter of a call's time goes by so. */
  private static final long LONGEST_PAUSE_MILLIS = 100;

  private final Nodes nodes;
  private final Keys keys;
  private final Waiting waiting;
  private final Duration patience;
  private final Turnstile turnstile;
  private final Topology topology;
  private final Handshake handshake = Handshake.ofCluster();
  private final Map<Address, Pool> pools = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Durability declared = Durability.VOLATILE;
  private volatile @Nullable SlotMap pruned;

  /** Where connections come from. */
  interface Nodes extends AutoCloseable {
    /** The nodes that the host named. */
    List<Address> seeds();

    /** A new one to a node, or a {@code RuntimeException} of Lettuce's. */
    StatefulRedisConnection<byte[], byte[]> connect(Address node);

    @Override
    void close();
  }

  Shards(Nodes nodes, Keys keys, Waiting waiting, int connections, Duration callTimeout) {
    this.nodes = nodes;
    this.keys = keys;
    this.waiting = waiting;
    this.patience = callTimeout;
    this.turnstile = new Turnstile(connections, callTimeout.dividedBy(2));
    this.topology = new Topology(this::ask, nodes.seeds(), callTimeout.dividedBy(2));
  }

  private List<?> ask(Address node) {
    try {
      return Topology.ask(nodes, node, patience);
    } catch (StoreException e) {
      throw isClosed() ? Link.closed() : e;
    }
  }

  /**
   * Looks at all masters for the first time, and says what the weakest of them promises. A replica
   * that nobody waits for may take its master's place without what it lacks, and leave a commit
   * across masters in part: where there is one, that is no promise at all.
   */
  Durability open() {
    waiting.refuseIfLongerThanHalf(patience);
    SlotMap map = topology.known();
    if (map.hasHoles()) {
      topology.doubt();
      throw new StoreException(Effect.UNAVAILABLE, "The cluster has slots without a master", null);
    }
    Map<Address, Call> probes = new TreeMap<>();
    for (int tag = 0; tag < Tags.COUNT; tag++) {
      Call probe = keys.probe(keys.submits(tag));
      Address owner = map.ownerOf(slot(probe));
      if (owner != null) {
        probes.putIfAbsent(owner, probe);
      }
    }
    Durability weakest = Durability.MAJORITY;
    for (Map.Entry<Address, Call> each : probes.entrySet()) {
      Durability promised = turnstile.pass(() -> promised(each.getKey(), each.getValue()));
      weakest = promised.compareTo(weakest) < 0 ? promised : weakest;
    }
    declared = waiting.promise(weakest);
    return declared;
  }

  private Durability promised(Address master, Call probe) {
    Pool pool = pool(master);
    try {
      Link link = pool.take(probe);
      try {
        return !waiting.isOn() && link.knowsReplicas() ? Durability.VOLATILE : link.promised();
      } finally {
        pool.giveBack(link);
      }
    } catch (StoreException e) {
      topology.doubt();
      throw Failures.isElsewhere(e) ? onTheMove(e) : e;
    }
  }

  private Pool pool(Address node) {
    return pools.computeIfAbsent(
        node, any -> new Pool(() -> nodes.connect(node), handshake, () -> declared, patience));
  }

  @Override
  public Object call(Call call) {
    return call(List.of(call)).get(0);
  }

  @Override
  public Object callDurably(Call call, Function<Object, Durable> wrote) {
    return callDurably(List.of(call), wrote).get(0);
  }

  /** The answers to several calls, each of which is one step. If one fails, the others go on. */
  List<Object> call(List<Call> calls) {
    return callDurably(calls, any -> Durable.NOTHING);
  }

  /**
   * What several calls came to.
   *
   * @param answers in the order of the calls; {@code null} where there is none
   * @param failure why there is none, if so, of one of them
   */
  record Answers(List<@Nullable Object> answers, @Nullable StoreException failure) {}

  /**
   * The same; where some fail or wait for a slot in vain, the answers to the others, which are
   * waited for even when it is known that some have failed.
   */
  Answers callEach(List<Call> calls) {
    if (isClosed()) {
      throw Link.closed();
    }
    return turnstile.pass(() -> new Errand(calls, any -> Durable.NOTHING).answers(true));
  }

  /** The same; what they wrote is where it was promised to be when this returns. */
  List<Object> callDurably(List<Call> calls, Function<Object, Durable> wrote) {
    if (isClosed()) {
      throw Link.closed();
    }
    return calls.isEmpty() ? List.of() : turnstile.pass(() -> new Errand(calls, wrote).carryOut());
  }

  private static StoreException onTheMove(@Nullable StoreException why) {
    return new StoreException(Effect.UNAVAILABLE, "A slot is on the move", why);
  }

  private static int slot(Call call) {
    return SlotHash.getSlot(call.keys()[0]);
  }

  /** Calls on their way to their masters. For one thread. */
  private final class Errand {
    private final List<Call> calls;
    private final Function<Object, Durable> wrote;
    private final @Nullable Object[] answers;
    private List<Integer> left;
    private @Nullable StoreException failure;

    Errand(List<Call> calls, Function<Object, Durable> wrote) {
      this.calls = calls;
      this.wrote = wrote;
      this.answers = new Object[calls.size()];
      this.left = IntStream.range(0, calls.size()).boxed().toList();
    }

    @SuppressWarnings("NullAway") // all of them are there when nothing failed
    List<Object> carryOut() {
      Answers all = answers(false);
      StoreException failed = all.failure();
      if (failed != null) {
        throw failed;
      }
      return Arrays.asList(answers);
    }

    /**
     * Once there is nothing left to try, or no time.
     *
     * @param each whether what is left is tried again when something else has failed
     */
    Answers answers(boolean each) {
      long waitedMillis = 0;
      for (int nth = 0; waitedMillis <= patience.toMillis() / 4; nth++) {
        waitedMillis += pause(nth);
        turn();
        if (left.isEmpty() || (failure != null && !each)) {
          return new Answers(Arrays.asList(answers), failure);
        }
      }
      return new Answers(Arrays.asList(answers), failure == null ? onTheMove(null) : failure);
    }

    /** Tries all that is left, each at the master that is known to have its slot. */
    private void turn() {
      SlotMap map = topology.known();
      forgetOthers(map);
      Map<Address, Lot> lots = new TreeMap<>();
      for (int index : left) {
        Address owner = map.ownerOf(slot(calls.get(index)));
        if (owner == null) {
          failed(new StoreException(Effect.UNAVAILABLE, "No master has the slot", null));
        } else {
          lots.computeIfAbsent(owner, any -> new Lot(owner)).add(index, calls.get(index));
        }
      }
      left = new ArrayList<>();
      try {
        lots.values().forEach(lot -> lot.send(this, map));
        lots.values().forEach(lot -> lot.receive(this, map));
        lots.values().forEach(lot -> lot.askReplicas(this));
        lots.values().forEach(lot -> lot.awaitReplicas(this));
      } finally {
        lots.values().forEach(Lot::giveBack);
      }
    }

    /** It did nothing, since the slot is another node's. */
    void elsewhere(int index, Throwable why, SlotMap map) {
      Failures.movedTo(why)
          .flatMap(Address::of)
          .ifPresent(owner -> map.moved(slot(calls.get(index)), owner));
      topology.doubt();
      left.add(index);
    }

    void failed(StoreException why) {
      if (why.effect() == Effect.UNAVAILABLE || why.effect() == Effect.UNKNOWN) {
        topology.doubt();
      }
      failure = Failures.worse(failure, why);
    }

    Durable answered(int index, Object answer) {
      answers[index] = answer;
      return waiting.isOn() ? wrote.apply(answer) : Durable.NOTHING;
    }
  }

  /** What of it goes to one master, on one connection. */
  private final class Lot {
    private final Pool pool;
    private final List<Integer> indexes = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private @Nullable Link link;
    private List<CompletableFuture<Object>> sent = List.of();
    private boolean wrote;

    /** A key in a slot of which something was seen that others wrote. */
    private byte @Nullable [] seen;

    private @Nullable CompletableFuture<Long> replicas;

    Lot(Address node) {
      pool = pool(node);
    }

    void add(int index, Call call) {
      indexes.add(index);
      calls.add(call);
    }

    void send(Errand errand, SlotMap map) {
      try {
        Link taken = pool.take(keys.probe(calls.get(0).keys()[0]));
        link = taken;
        sent = taken.send(calls);
      } catch (StoreException e) {
        if (Failures.isElsewhere(e)) {
          indexes.forEach(index -> errand.elsewhere(index, e, map));
        } else {
          pool.forget();
          errand.failed(isClosed() ? Link.closed() : e);
        }
      }
    }

    void receive(Errand errand, SlotMap map) {
      Link taken = link;
      if (taken == null) {
        return;
      }
      List<Reply> replies = taken.receive(calls, sent);
      boolean inOrder = replies.stream().noneMatch(Reply::again);
      for (int i = 0; i < replies.size(); i++) {
        Throwable why = replies.get(i).failure();
        if (why == null) {
          Durable what = errand.answered(indexes.get(i), value(replies.get(i)));
          wrote |= what == Durable.WRITTEN;
          if (what == Durable.SEEN) {
            seen = calls.get(i).keys()[0];
          } else if (what == Durable.WRITTEN && inOrder) {
            // It was written behind what was seen, and covers it.
            seen = null;
          }
        } else if (Failures.isElsewhere(why)) {
          errand.elsewhere(indexes.get(i), why, map);
        } else {
          Script script = calls.get(i).script();
          errand.failed(Failures.calling(why, script.name(), script.writes()));
        }
      }
      if (!taken.isUsable()) {
        // The others lead to the same node.
        pool.forget();
      }
    }

    private static Object value(Reply reply) {
      return Objects.requireNonNull(reply.value(), "what a script returned");
    }

    void askReplicas(Errand errand) {
      Link taken = link;
      byte[] beside = seen;
      if (taken == null || (!wrote && beside == null)) {
        return;
      }
      try {
        if (beside != null) {
          // WAIT is about what this connection wrote: so it writes something, behind all it has
          // seen, if it did not anyway.
          taken.call(keys.probe(beside));
        }
        replicas = taken.askReplicas(waiting);
      } catch (StoreException e) {
        errand.failed(notAsked(e));
      }
    }

    private StoreException notAsked(StoreException e) {
      if (wrote) {
        return new StoreException(Effect.UNKNOWN, "Replicas were not asked", e);
      }
      return Failures.isElsewhere(e) ? onTheMove(e) : e;
    }

    void awaitReplicas(Errand errand) {
      Link taken = link;
      CompletableFuture<Long> asked = replicas;
      if (taken == null || asked == null) {
        return;
      }
      try {
        waiting.check(taken.replicas(waiting, asked), wrote ? Durable.WRITTEN : Durable.SEEN);
      } catch (StoreException e) {
        errand.failed(e);
      }
    }

    void giveBack() {
      Link taken = link;
      if (taken != null) {
        pool.giveBack(taken);
      }
    }
  }

  /** Masters that have no slots any more are not called any more. */
  private void forgetOthers(SlotMap map) {
    if (map != pruned) {
      pruned = map;
      Set<Address> masters = map.masters();
      pools
          .entrySet()
          .removeIf(
              each -> {
                boolean gone = !masters.contains(each.getKey());
                if (gone) {
                  each.getValue().close();
                }
                return gone;
              });
    }
  }

  /** How long it waited. It ends early when the store is closed. */
  private long pause(int nth) {
    long millis = nth == 0 ? 0 : Math.min(1L << Math.min(nth, 20), LONGEST_PAUSE_MILLIS);
    try {
      if (millis > 0 && closed.await(millis, TimeUnit.MILLISECONDS)) {
        throw Link.closed();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Effect.UNAVAILABLE, "Interrupted while a slot was on the move", e);
    }
    return millis;
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  @Override
  public void close() {
    if (!isClosed()) {
      closed.countDown();
      pools.values().forEach(Pool::close);
      nodes.close();
    }
  }
}
