package dev.restante.simulator;

import dev.restante.RestanteOptions;
import dev.restante.StoreCalls;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.time.Duration;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One node's calls to the store. Each call has two moments: when it reaches the store, which is
 * when its body runs against the real adapter, and when its answer reaches the node. Between,
 * before and after them other things happen; and either may go wrong.
 *
 * <p>Some calls wait for a thread first. They take the connection that is there when their turn
 * comes, which may lead to another state of the store than the one that the call was made for.
 */
final class SimStoreCalls implements StoreCalls {
  private static final Duration LONGEST_LANDING = Duration.ofSeconds(10);

  /** Calls that a node makes for a lease, or because it has one. */
  private static final Set<String> OF_LEASES = Set.of("lease", "fence", "round");

  private static final Duration LONGEST_WAIT = Duration.ofMillis(40);

  private final World world;
  private final Tally tally;
  private final Weather weather;
  private final Ledger ledger;
  private final SimNode node;
  private final SplittableRandom chance;
  private final Duration timeout;
  private final Duration leaseDuration;

  /** The state of the store that this node's connections lead to; the others are broken. */
  private int connectedTo;

  SimStoreCalls(
      World world,
      Tally tally,
      Weather weather,
      Ledger ledger,
      SimNode node,
      SplittableRandom chance,
      RestanteOptions options) {
    this.world = world;
    this.tally = tally;
    this.weather = weather;
    this.ledger = ledger;
    this.node = node;
    this.chance = chance;
    this.timeout = options.storeCallTimeout();
    this.leaseDuration = options.leaseDuration();
    this.connectedTo = ledger.generation();
  }

  @Override
  public <T> CompletionStage<T> call(Kind kind, String operation, Supplier<T> body) {
    return kind == Kind.BUS ? bus(body) : new Call<>(kind, operation, body).begin();
  }

  /** What goes wrong on the bus is the bus's own affair. */
  private <T> CompletionStage<T> bus(Supplier<T> body) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    world.at(
        world.now() + latency(),
        node,
        () -> {
          try {
            T value = body.get();
            world.at(world.now() + latency(), node, () -> answer.complete(value));
          } catch (RuntimeException e) {
            world.at(world.now() + latency(), node, () -> answer.completeExceptionally(e));
          }
        });
    return answer;
  }

  private long latency() {
    long micros = 50 + chance.nextLong(2_000);
    return 1_000 * (chance.nextInt(20) == 0 ? micros * 20 : micros);
  }

  /** A call on its way. */
  private final class Call<T> {
    private final boolean writes;
    private final String operation;
    private final Supplier<T> body;
    private final @Nullable Fault fault;
    private final boolean waits = chance.nextInt(8) == 0;
    private boolean aware;
    private int generation;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private @Nullable T value;
    private @Nullable Throwable failure;

    Call(Kind kind, String operation, Supplier<T> body) {
      this.operation = operation;
      this.body = body;
      this.writes = kind != Kind.READ && !operation.startsWith("open");
      this.fault = weather.pick(writes);
    }

    CompletionStage<T> begin() {
      long reaches = world.now() + latency();
      if (fault != null) {
        tally.count(fault);
        world.say(() -> node + " call " + operation + ": " + fault);
      }
      if (fault == Fault.SLOW_ANSWER && chance.nextBoolean()) {
        reaches += beyondTimeout();
      }
      boolean sent = chance.nextBoolean() && !waits;
      takeConnection();
      if (waits) {
        tally.count("calls that waited for a thread");
        reaches += chance.nextLong(LONGEST_WAIT.toNanos());
      }
      world.at(reaches, sent ? null : node, this::reach);
      standStill();
      return answer;
    }

    /**
     * No moment is worse for a holder of a lease than the one in which it has made up its mind to
     * do something under it. Not where writes are lost, where everybody has to listen.
     */
    private void standStill() {
      if (OF_LEASES.contains(operation)
          && node.serves()
          && weather.meets(Fault.NODE_PAUSE)
          && !weather.meets(Fault.LOST_WRITES)
          && chance.nextInt(20) == 0) {
        node.standStill(Duration.ofNanos(chance.nextLong(4 * leaseDuration.toNanos())));
      }
    }

    private void takeConnection() {
      aware = connectedTo == ledger.generation();
      generation = ledger.generation();
    }

    private long beyondTimeout() {
      return (long) (timeout.toNanos() * (1 + 2 * chance.nextDouble()));
    }

    private void reach() {
      long answers = world.now() + latency();
      if (waits) {
        takeConnection();
      }
      if (weather.cutOff(node) || !aware || generation != ledger.generation()) {
        tally.count("calls cut off");
        failure = fail(writes && chance.nextInt(3) == 0 ? Effect.UNKNOWN : Effect.UNAVAILABLE);
        if (chance.nextInt(3) == 0) {
          answers += beyondTimeout();
        }
      } else if (fault == Fault.CALL_LOST) {
        failure = fail(Effect.UNAVAILABLE);
      } else if (fault == Fault.TRANSIENT_ERROR) {
        failure = fail(Effect.TRANSIENT);
      } else if (fault == Fault.UNKNOWN_NOT_APPLIED) {
        failure = fail(Effect.UNKNOWN);
      } else if (fault == Fault.LANDS_LATER) {
        failure = fail(Effect.UNKNOWN);
        world.at(world.now() + 1 + landing(), null, this::land);
      } else {
        run();
        if (fault == Fault.UNKNOWN_APPLIED) {
          failure = fail(Effect.UNKNOWN);
        } else if (fault == Fault.SLOW_ANSWER) {
          answers += beyondTimeout();
        }
      }
      world.at(answers, node, this::answer);
    }

    private long landing() {
      long longest = LONGEST_LANDING.toNanos();
      return chance.nextInt(3) == 0 ? chance.nextLong(longest) : chance.nextLong(longest / 200);
    }

    private void run() {
      try {
        value = ledger.call(body);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }

    private void land() {
      if (generation != ledger.generation()) {
        return;
      }
      try {
        var unused = ledger.call(body);
        world.say(() -> node + " call " + operation + " landed late");
      } catch (RuntimeException | Error e) {
        world.say(() -> node + " call " + operation + " landed late and failed: " + e.getMessage());
      }
    }

    private StoreException fail(Effect effect) {
      return new StoreException(effect, "simulated in " + operation, null);
    }

    @SuppressWarnings("NullAway") // a body may well return null
    private void answer() {
      Throwable thrown =
          writes && generation != ledger.generation() ? fail(Effect.UNKNOWN) : failure;
      if (!operation.equals("poll")) {
        world.say(() -> node + " call " + operation + (thrown == null ? " done" : ": " + thrown));
      }
      if (thrown != null) {
        if (!aware || generation != ledger.generation()) {
          // Every connection is made anew after one was found broken.
          connectedTo = ledger.generation();
        }
        answer.completeExceptionally(thrown);
      } else {
        answer.complete(value);
      }
    }
  }
}
