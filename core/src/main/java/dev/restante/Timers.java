package dev.restante;

import java.time.Duration;

/** Runs something later. What it runs is short and does not block. */
public interface Timers {
  /** A task that waits for its time. */
  interface Timer {
    /** Forgets the task, if it has not begun. */
    void cancel();
  }

  /** Runs a task once after a delay. */
  Timer schedule(Duration delay, Runnable task);
}
