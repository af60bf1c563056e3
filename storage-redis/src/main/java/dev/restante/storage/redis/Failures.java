package dev.restante.storage.redis;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisReadOnlyException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a failure means, by its class and by the code that Redis puts in front of an error, never by
 * the text behind it.
 */
final class Failures {
  /** Said before anything is written, by a server that cannot now. */
  private static final Set<String> CANNOT_NOW =
      Set.of(
          "CLUSTERDOWN",
          "LOADING",
          "MASTERDOWN",
          "MISCONF",
          "NOREPLICAS",
          "OOM",
          "READONLY",
          "TRYAGAIN");

  /** Said by a server that can do other things all the same. */
  private static final Set<String> STAYS = Set.of("OOM", "TRYAGAIN");

  /** Said before anything is written, by a node that does not have the slot, or not all of it. */
  private static final Set<String> ELSEWHERE = Set.of("ASK", "MOVED", "TRYAGAIN");

  /** Said before anything is written, by a server that never will. */
  private static final Set<String> NEVER =
      Set.of("CROSSSLOT", "MOVED", "NOAUTH", "NOPERM", "NOPROTO", "WRONGPASS", "WRONGTYPE");

  private Failures() {}

  /** A connection that cannot be made: nothing was sent. */
  static StoreException connecting(Throwable failure) {
    RedisCommandExecutionException answer = answer(failure);
    if (answer == null) {
      return new StoreException(Effect.UNAVAILABLE, "No connection to Redis", failure);
    }
    Effect effect = NEVER.contains(code(answer)) ? Effect.FAULT : Effect.UNAVAILABLE;
    return new StoreException(effect, "Redis takes no connection: " + answer.getMessage(), failure);
  }

  /**
   * A call that was sent, or may have been.
   *
   * @param writes whether it may have written
   */
  static StoreException calling(Throwable failure, String what, boolean writes) {
    if (failure instanceof RedisCommandExecutionException answer) {
      return answered(answer, what, writes);
    }
    Effect effect = writes ? Effect.UNKNOWN : Effect.UNAVAILABLE;
    return new StoreException(effect, "No answer from Redis to " + what, failure);
  }

  private static StoreException answered(
      RedisCommandExecutionException answer, String what, boolean writes) {
    return new StoreException(
        effect(answer, writes), "Redis answers %s to %s".formatted(code(answer), what), answer);
  }

  private static Effect effect(RedisCommandExecutionException answer, boolean writes) {
    if (answer instanceof RedisBusyException || code(answer).equals("BUSY")) {
      return Effect.TRANSIENT;
    }
    if (answer instanceof RedisLoadingException
        || answer instanceof RedisReadOnlyException
        || CANNOT_NOW.contains(code(answer))) {
      return Effect.UNAVAILABLE;
    }
    if (NEVER.contains(code(answer))) {
      return Effect.FAULT;
    }
    // Scripts look before they write, so this should not be; if it is, it may be half-way.
    return writes ? Effect.UNKNOWN : Effect.FAULT;
  }

  /** Of several failures the one that leaves most open, and of those the first. */
  static StoreException worse(@Nullable StoreException before, StoreException why) {
    return before == null || (before.effect() != Effect.UNKNOWN && why.effect() == Effect.UNKNOWN)
        ? why
        : before;
  }

  /** Whether a server that answers so is to be asked again on another connection, if at all. */
  static boolean spoils(Throwable failure) {
    return !(failure instanceof RedisCommandExecutionException answer)
        || (CANNOT_NOW.contains(code(answer)) && !STAYS.contains(code(answer)));
  }

  /**
   * Whether a node of a cluster did nothing because the slot is another node's, or on its way to
   * one.
   */
  static boolean isElsewhere(@Nullable Throwable failure) {
    RedisCommandExecutionException answer = failure == null ? null : answer(failure);
    return answer != null && ELSEWHERE.contains(code(answer));
  }

  /** Where a node says that a slot is for good: the third word of {@code MOVED}. */
  static Optional<String> movedTo(@Nullable Throwable failure) {
    RedisCommandExecutionException answer = failure == null ? null : answer(failure);
    if (answer == null || !code(answer).equals("MOVED")) {
      return Optional.empty();
    }
    String[] words = String.valueOf(answer.getMessage()).split(" ", -1);
    return words.length < 3 ? Optional.empty() : Optional.of(words[2]);
  }

  /** The word that an error begins with. */
  static String code(RedisCommandExecutionException answer) {
    String text = String.valueOf(answer.getMessage());
    int end = text.indexOf(' ');
    return end < 0 ? text : text.substring(0, end);
  }

  private static @Nullable RedisCommandExecutionException answer(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof RedisCommandExecutionException answer) {
        return answer;
      }
    }
    return null;
  }
}
