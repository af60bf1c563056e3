package dev.restante.architecture;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * Calls that only wiring may make: what they give (time, chance, threads) is handed to everybody
 * else, so that a whole system runs under a virtual clock and a seed.
 */
enum Banned {
  /** Asks what time it is. */
  CLOCK {
    @Override
    boolean isBanned(String owner, String method, CodeUnitAccessTarget call) {
      return switch (owner) {
        case "java.lang.System" -> method.equals("currentTimeMillis") || method.equals("nanoTime");
        case "java.time.Clock" -> method.startsWith("system") || method.startsWith("tick");
        case "java.time.InstantSource" -> method.equals("system");
        case "java.util.Calendar" -> method.equals("getInstance");
        default -> owner.startsWith("java.time.") && method.equals("now");
      };
    }
  },

  /** Rolls dice. */
  CHANCE {
    /** With a seed they are as good as handed in. */
    private static final Set<String> SEEDABLE =
        Set.of("java.util.Random", "java.util.SplittableRandom");

    @Override
    boolean isBanned(String owner, String method, CodeUnitAccessTarget call) {
      return switch (owner) {
        case "java.util.UUID" -> method.equals("randomUUID");
        case "java.lang.Math", "java.lang.StrictMath" -> method.equals("random");
        case "java.util.concurrent.ThreadLocalRandom" -> method.equals("current");
        case "java.util.random.RandomGenerator" ->
            method.equals("getDefault") || method.equals("of");
        case "java.util.random.RandomGeneratorFactory" -> true;
        case "java.util.Collections" ->
            method.equals("shuffle") && call.getRawParameterTypes().size() == 1;
        case "java.security.SecureRandom" ->
            method.equals(CONSTRUCTOR) || method.startsWith("getInstance");
        default ->
            SEEDABLE.contains(owner)
                && method.equals(CONSTRUCTOR)
                && call.getRawParameterTypes().isEmpty();
      };
    }
  },

  /** Makes or stops a thread, or borrows one that nobody handed in. */
  THREADS {
    private static final Set<String> POOLS =
        Set.of(
            "java.util.concurrent.ForkJoinPool",
            "java.util.concurrent.ThreadPoolExecutor",
            "java.util.concurrent.ScheduledThreadPoolExecutor");
    private static final Set<String> TIMED =
        Set.of("orTimeout", "completeOnTimeout", "delayedExecutor", "defaultExecutor");

    @Override
    boolean isBanned(String owner, String method, CodeUnitAccessTarget call) {
      return switch (owner) {
        case "java.lang.Thread" -> Set.of(CONSTRUCTOR, "start", "sleep", "yield").contains(method);
        case "java.util.concurrent.Executors" -> !method.equals("callable");
        case "java.util.Timer" -> method.equals(CONSTRUCTOR);
        case "java.util.concurrent.TimeUnit" -> method.equals("sleep");
        case "java.util.concurrent.locks.LockSupport" -> method.startsWith("park");
        case "java.util.concurrent.CompletableFuture", "java.util.concurrent.CompletionStage" ->
            TIMED.contains(method) || (method.endsWith("Async") && !takesExecutor(call));
        default ->
            (POOLS.contains(owner) && (method.equals(CONSTRUCTOR) || method.equals("commonPool")))
                || method.equals("parallelStream")
                || (owner.startsWith("java.util.stream.") && method.equals("parallel"));
      };
    }
  },

  /** Waits for somebody else's result. */
  WAITING {
    private static final Set<String> FUTURES =
        Set.of("java.util.concurrent.CompletableFuture", "java.util.concurrent.Future");

    @Override
    boolean isBanned(String owner, String method, CodeUnitAccessTarget call) {
      return FUTURES.contains(owner) && (method.equals("get") || method.equals("join"));
    }
  };

  private static final String CONSTRUCTOR = "<init>";

  abstract boolean isBanned(String owner, String method, CodeUnitAccessTarget call);

  /**
   * The banned call that a class makes, if this is one; a reference to a method counts as a call.
   */
  static Optional<Banned> of(Collection<Banned> kinds, CodeUnitAccessTarget call) {
    String owner = call.getOwner().getName();
    return kinds.stream().filter(kind -> kind.isBanned(owner, call.getName(), call)).findFirst();
  }

  private static boolean takesExecutor(CodeUnitAccessTarget call) {
    Stream<JavaClass> declared =
        call.resolveMember().stream()
            .map(JavaCodeUnit.class::cast)
            .flatMap(unit -> unit.getRawParameterTypes().stream());
    return Stream.concat(call.getRawParameterTypes().stream(), declared)
        .anyMatch(type -> type.getName().equals(Executor.class.getName()));
  }
}
