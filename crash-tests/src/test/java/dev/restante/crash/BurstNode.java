package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * The process with little memory that a burst meets: one node with a small queue, and the clients
 * that flood it. It ends with 0 if everything was as promised.
 *
 * <p>Arguments: where the store is ({@code memory}, a path, or a URL), and which burst.
 */
final class BurstNode {
  static final int MESSAGES = 50_000;

  /** How many threads of clients there are. */
  static final int CROWDS = 4;

  private static final int MOST_QUEUED = 2_000;

  /** Reached before the other one: a message of a burst has a little more than 1 KiB. */
  private static final long MOST_QUEUED_BYTES = 1024 * 1024;

  private final Restante node;
  private final long mostBytes;
  private final LongAccumulator queued = new LongAccumulator(Math::max, 0);
  private final LongAccumulator queuedBytes = new LongAccumulator(Math::max, 0);
  private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();

  private BurstNode(Restante node, long mostBytes) {
    this.node = node;
    this.mostBytes = mostBytes;
  }

  public static void main(String[] arguments) throws Exception {
    ChildNode.start(ChildNode::outliveNobody, "parent");
    boolean one = arguments[1].equals("conversation");
    long mostBytes = one ? 8 * MOST_QUEUED_BYTES : MOST_QUEUED_BYTES;
    RestanteOptions options =
        RestanteOptions.builder()
            .minimumDurability(
                arguments[0].equals("memory") ? Durability.VOLATILE : Durability.LOCAL)
            .maxQueuedMessages(MOST_QUEUED)
            .maxQueuedBytes(mostBytes)
            .build();
    try (Restante restante =
        Restante.builder().storage(storage(arguments[0])).options(options).build()) {
      Health health = World.get(restante.opened());
      assertThat(health.state()).as(health.detail()).isEqualTo(Health.State.UP);
      BurstNode burst = new BurstNode(restante, mostBytes);
      burst.run(arguments[1], one ? new OneConversation(restante) : new OneUser(restante));
    }
    System.exit(0);
  }

  private static Storage storage(String where) {
    return where.equals("memory") ? MemoryStorage.create() : ChildNode.storage(where);
  }

  /** What is done to a node. */
  interface Burst {
    /** Sends what one crowd has to say until all of it is acknowledged. */
    void send(int crowd, Runnable sample);

    /** Holds what the node has now against what was sent. */
    void check();

    /** How many submits were refused because too much was waiting. */
    long overloaded();
  }

  private void run(String name, Burst burst) throws Exception {
    Counters before = node.counters();
    var sampling = sampler.scheduleAtFixedRate(this::sample, 0, 1, TimeUnit.MILLISECONDS);
    long began = System.nanoTime();
    ExecutorService crowds = Executors.newFixedThreadPool(CROWDS);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < CROWDS; i++) {
      int crowd = i;
      all.add(crowds.submit(() -> burst.send(crowd, this::sample)));
    }
    for (Future<?> each : all) {
      await(each);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    crowds.shutdown();
    sampling.cancel(false);
    sampler.shutdown();
    Counters after = node.counters();
    long checking = System.nanoTime();
    burst.check();
    System.out.printf(
        Locale.ROOT,
        "%s: %d messages in %.1f s, %d refused for want of room, %d repeats answered; at most %d"
            + " messages and %d bytes waited; read back in %.1f s; heap of %d MiB%n",
        name,
        MESSAGES,
        seconds,
        burst.overloaded(),
        after.repeats() - before.repeats(),
        queued.get(),
        queuedBytes.get(),
        (System.nanoTime() - checking) / 1e9,
        Runtime.getRuntime().maxMemory() >> 20);
    assertThat(after.accepted() - before.accepted()).isEqualTo(MESSAGES);
    assertThat(burst.overloaded()).isPositive();
    assertThat(after.overloads()).isEqualTo(burst.overloaded());
    assertThat(after.queuedMessages()).isZero();
    assertThat(after.queuedBytes()).isZero();
    // The bound was met, and never passed.
    assertThat(queued.get()).isLessThanOrEqualTo(MOST_QUEUED);
    assertThat(queuedBytes.get()).isLessThanOrEqualTo(mostBytes);
    assertThat(queued.get() == MOST_QUEUED || queuedBytes.get() > mostBytes - 2_048)
        .as("the queue was full")
        .isTrue();
    assertThat(node.health().state()).isEqualTo(Health.State.UP);
  }

  private static void await(Future<?> crowd) throws InterruptedException {
    try {
      crowd.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private void sample() {
    Counters now = node.counters();
    queued.accumulate(now.queuedMessages());
    queuedBytes.accumulate(now.queuedBytes());
  }
}
