package dev.restante.storage;

import org.jspecify.annotations.Nullable;

/** A store call that did not end as one of its outcomes. It says what may have happened. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What may have happened to the call. */
  public enum Effect {
    /** Nothing was written: the store cannot be reached now. The same call may succeed later. */
    UNAVAILABLE(true),
    /** Nothing was written: a deadlock, a lock time-out, a busy engine. Repeat it at once. */
    TRANSIENT(true),
    /**
     * The call may have been applied, may not have been, or may still be applied later. Examine
     * before repeating.
     */
    UNKNOWN(false),
    /** Nothing was written, and repeating is useless: a wrong schema, a missing right, a bug. */
    FAULT(false);

    private final boolean repeatable;

    Effect(boolean repeatable) {
      this.repeatable = repeatable;
    }

    /** Whether the identical call may be repeated without examining anything first. */
    public boolean repeatable() {
      return repeatable;
    }
  }

  private final Effect effect;

  public StoreException(Effect effect, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.effect = effect;
  }

  /** What may have happened to the call. */
  public Effect effect() {
    return effect;
  }
}
