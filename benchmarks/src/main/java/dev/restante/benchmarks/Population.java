package dev.restante.benchmarks;

import dev.restante.Health;
import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Who talks to whom: direct conversations between users with one device each. The two users of a
 * conversation have numbers that are both even or both odd, so that what is written by hand can
 * share the streams out between two writers.
 */
public final class Population {
  private static final double USERS_PER_CONVERSATION = 0.4;
  private static final int REGISTRATIONS_UNDER_WAY = 1_000;

  private final DeviceId[] devices;
  private final ConversationId[] conversations;
  private final int[][] members;

  /**
   * @param conversations how many direct conversations, 10 or more
   */
  public Population(int conversations) {
    int users = Math.max(8, (int) (conversations * USERS_PER_CONVERSATION)) & ~1;
    devices = new DeviceId[users];
    Arrays.setAll(devices, Population::named);
    members = new int[conversations][];
    this.conversations = new ConversationId[conversations];
    SplittableRandom random = new SplittableRandom(42);
    for (int i = 0; i < conversations; i++) {
      // User i has a fixed distance to the other one, which grows with every round through the
      // users: so no pair comes twice.
      int one = i % users;
      int other = (one + 2 * (1 + i / users)) % users;
      members[i] = random.nextBoolean() ? new int[] {one, other} : new int[] {other, one};
      this.conversations[i] = ConversationId.between(devices[one].user(), devices[other].user());
    }
  }

  private static DeviceId named(int number) {
    return UserId.of(String.format(Locale.ROOT, "user-%07d", number)).device("phone");
  }

  /** How many conversations there are. */
  public int conversations() {
    return conversations.length;
  }

  /** How many users there are. */
  public int users() {
    return devices.length;
  }

  ConversationId conversation(int index) {
    return conversations[index];
  }

  DeviceId device(int user) {
    return devices[user];
  }

  UserId user(int index) {
    return devices[index].user();
  }

  /** One of the two users of a conversation: side 0 or 1. */
  int member(int conversation, int side) {
    return members[conversation][side];
  }

  /** Makes every user's device known to a node, and waits until it is. */
  public void register(Restante restante) {
    register(restante, Arrays.asList(devices));
  }

  static void register(Restante restante, Collection<DeviceId> devices) {
    awaitUp(restante);
    Gate gate = new Gate(REGISTRATIONS_UNDER_WAY);
    Failures failures = new Failures();
    for (DeviceId device : devices) {
      gate.enter();
      restante
          .devices()
          .register(device, "", "")
          .whenComplete(
              (result, error) -> {
                failures.note(result, error);
                gate.leave();
              });
    }
    gate.awaitEmpty();
    failures.check();
  }

  /**
   * Submits one message in each conversation, in some order, and waits for the acknowledgements: so
   * a node knows every stream, as whoever writes by hand does.
   *
   * @param seed of the order and the messages; another one for each node and time
   */
  public void touch(Restante restante, long seed) {
    Gate gate = new Gate(REGISTRATIONS_UNDER_WAY);
    Failures failures = new Failures();
    Drafts drafts = new Drafts(this, seed);
    for (int conversation : inSomeOrder(seed)) {
      gate.enter();
      restante
          .messages()
          .submit(drafts.in(conversation))
          .whenComplete(
              (result, error) -> {
                failures.note(result, error);
                gate.leave();
              });
    }
    gate.awaitEmpty();
    failures.check();
  }

  private int[] inSomeOrder(long seed) {
    int[] order = new int[conversations.length];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < order.length; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  static void awaitUp(Restante restante) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (restante.health().state() != Health.State.UP) {
      if (System.nanoTime() - deadline > 0 || restante.health().state() == Health.State.FAILED) {
        throw new IllegalStateException("the node does not start: " + restante.health());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
