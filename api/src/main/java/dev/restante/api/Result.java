package dev.restante.api;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Function;

/**
 * How a request ended: with a value, or refused. Expected outcomes are values; exceptions are for
 * bugs.
 *
 * @param <T> the value of a request that was carried out
 */
public sealed interface Result<T> {
  /** It was carried out. */
  record Ok<T>(T value) implements Result<T> {
    public Ok {
      requireNonNull(value, "value");
    }
  }

  /** It was not. */
  record Refused<T>(Refusal refusal) implements Result<T> {
    public Refused {
      requireNonNull(refusal, "refusal");
    }
  }

  /** A value. */
  static <T> Result<T> ok(T value) {
    return new Ok<>(value);
  }

  /** A refusal. */
  static <T> Result<T> refused(Refusal.Code code, String detail) {
    return new Refused<>(new Refusal(code, detail));
  }

  /** Whether it was carried out. */
  default boolean isOk() {
    return this instanceof Ok;
  }

  /** The value, if it was carried out. */
  default Optional<T> asOptional() {
    return fold(Optional::of, refusal -> Optional.empty());
  }

  /** The refusal, if it was refused. */
  default Optional<Refusal> whyRefused() {
    return fold(value -> Optional.empty(), Optional::of);
  }

  /** The value. @throws RefusedException if it was refused */
  default T orThrow() {
    return fold(
        value -> value,
        refusal -> {
          throw new RefusedException(refusal);
        });
  }

  /** Turns either case into one type. */
  default <R> R fold(
      Function<? super T, ? extends R> ifOk, Function<? super Refusal, ? extends R> ifRefused) {
    if (this instanceof Ok<T> ok) {
      return ifOk.apply(ok.value);
    }
    return ifRefused.apply(((Refused<T>) this).refusal);
  }

  /** The result with another value; a refusal stays. */
  default <R> Result<R> map(Function<? super T, ? extends R> change) {
    return fold(value -> ok(change.apply(value)), refusal -> new Refused<>(refusal));
  }
}
