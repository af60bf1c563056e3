package dev.restante.crash;

import static dev.restante.crash.World.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.Counters;
import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.storage.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes in this process on one store, that share every conversation and never run out of
 * messages. What each got of the store is counted in commits, so that it does not matter how fast
 * the machine is: a <i>drought</i> of a node is what the other one committed between two
 * acknowledgements of its own.
 */
final class Shares implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int CONVERSATIONS = 2000;
  private static final int USERS = 800;

  private final List<DeviceId> devices = new ArrayList<>();
  private final Node one;
  private final Node other;
  private volatile boolean stopped;

  /**
   * @param storage the same place, with connections of its own for each node
   * @param underWay how many messages the first node has under way
   * @param underWayAtOther how many the other one has
   */
  Shares(Supplier<Storage> storage, int underWay, int underWayAtOther) {
    for (int i = 0; i < USERS; i++) {
      devices.add(UserId.of("user-" + i).device("phone"));
    }
    one = new Node("one", storage.get(), underWay);
    other = new Node("other", storage.get(), underWayAtOther);
  }

  /** A node, the thread that submits to it, and what was acknowledged. */
  final class Node {
    private final String name;
    private final Restante restante;
    private final int underWay;
    private final Semaphore free;
    private final SplittableRandom random;
    private final Thread submitter;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicReference<@Nullable String> trouble = new AtomicReference<>();

    // Guarded by this:
    private long othersAccepted;
    private long othersCommits;
    private long longestDrought;
    private long commitsBefore;

    private Node(String name, Storage storage, int underWay) {
      this.name = name;
      this.underWay = underWay;
      this.free = new Semaphore(underWay);
      this.random = new SplittableRandom(underWay);
      this.submitter = new Thread(this::submit, "submit-" + name);
      this.restante = Restante.builder().storage(storage).build();
      assertThat(get(restante.opened()).state()).isEqualTo(Health.State.UP);
    }

    private void submit() {
      for (long i = 0; !stopped; i++) {
        free.acquireUninterruptibly();
        restante.messages().submit(draft(i)).whenComplete(this::told);
      }
    }

    private Draft draft(long i) {
      int conversation = random.nextInt(CONVERSATIONS);
      int sender = conversation % USERS;
      int receiver = (sender + 1 + conversation / USERS) % USERS;
      return Draft.text(
          devices.get(sender),
          ConversationId.between(devices.get(sender).user(), devices.get(receiver).user()),
          name + "." + i,
          "x".repeat(100));
    }

    private void told(@Nullable Result<Acknowledgement> result, @Nullable Throwable error) {
      if (result != null && result.isOk()) {
        accepted.incrementAndGet();
        endDrought();
      } else if (!stopped) {
        // What is under way in the end may be refused.
        trouble.compareAndSet(null, String.valueOf(error == null ? result : error));
      }
      free.release();
    }

    private Node opposite() {
      return this == one ? other : one;
    }

    private synchronized void endDrought() {
      long now = opposite().accepted.get();
      if (now != othersAccepted) {
        long commits = opposite().commits();
        longestDrought = Math.max(longestDrought, commits - othersCommits);
        othersCommits = commits;
        othersAccepted = now;
      }
    }

    private synchronized void begin() {
      commitsBefore = commits();
      othersCommits = opposite().commits();
      longestDrought = 0;
    }

    /** How many commits it has made since both write. */
    synchronized long commitsTogether() {
      return commits() - commitsBefore;
    }

    private long commits() {
      return restante.counters().commits();
    }

    long accepted() {
      return accepted.get();
    }

    /** The most that the other node committed between two acknowledgements of this one. */
    synchronized long longestDrought() {
      return longestDrought;
    }

    private boolean isInTrouble() {
      return trouble.get() != null;
    }

    private String told() {
      Counters counters = restante.counters();
      return "%s, %d under way: %,d accepted, longest drought %d, %d commits, %d locked, %d conflicts"
          .formatted(
              name,
              underWay,
              accepted.get(),
              longestDrought(),
              counters.commits(),
              counters.lockedCommits(),
              counters.conflicts());
    }
  }

  /**
   * Lets the first node write alone until it acknowledged each message that was under way ten times
   * over, and then both until they have made so many commits.
   */
  void run(int commits) {
    List<CompletionStage<? extends Result<?>>> registered = new ArrayList<>();
    devices.forEach(device -> registered.add(one.restante.devices().register(device, "", "")));
    registered.forEach(each -> get(each).orThrow());
    one.submitter.start();
    awaitOrTrouble(() -> one.accepted() > 10L * one.underWay);
    one.begin();
    other.begin();
    other.submitter.start();
    awaitOrTrouble(() -> one.commitsTogether() + other.commitsTogether() > commits);
    one.endDrought();
    other.endDrought();
    stopped = true;
    assertThat(one.trouble.get()).as("what was not accepted on node one").isNull();
    assertThat(other.trouble.get()).as("what was not accepted on the other node").isNull();
  }

  private void awaitOrTrouble(Supplier<Boolean> done) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> done.get() || one.isInTrouble() || other.isInTrouble());
  }

  Node one() {
    return one;
  }

  Node other() {
    return other;
  }

  @Override
  public String toString() {
    return one.told() + "; " + other.told();
  }

  @Override
  public void close() {
    stopped = true;
    List.of(one, other).forEach(node -> node.restante.close(Duration.ofSeconds(5)));
  }
}
