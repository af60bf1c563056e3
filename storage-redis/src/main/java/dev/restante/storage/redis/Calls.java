package dev.restante.storage.redis;

import java.util.function.Function;

/** Where scripts run. */
interface Calls {
  /** Runs one. */
  Object call(Call call);

  /** Runs one; what it wrote is where it was promised to be when this returns. */
  Object callDurably(Call call, Function<Object, Durable> wrote);

  /** What an answer means for replicas, where those are waited for. */
  enum Durable {
    /** It promises nothing. */
    NOTHING,
    /** It stands by what others wrote, and they must have that. */
    SEEN,
    /** It wrote, and they must have it. */
    WRITTEN
  }
}
