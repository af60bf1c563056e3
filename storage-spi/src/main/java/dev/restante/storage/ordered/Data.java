package dev.restante.storage.ordered;

import dev.restante.storage.Moving;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open engine, and whether it may still be believed. */
final class Data {
  /** The layout that {@link Table} describes. */
  private static final byte FORMAT = 1;

  private static final byte[] FORMAT_KEY = {'f', 'o', 'r', 'm', 'a', 't'};

  private final OrderedEngine engine;
  private volatile boolean suspect;

  Data(OrderedEngine engine) {
    this.engine = engine;
  }

  /** Refuses an engine that declares what this base cannot keep, and what a newer version wrote. */
  void check() {
    StoreInfo info = engine.info();
    if (info.shared() || !info.locking() || info.moving() != Moving.IN_AND_OUT) {
      throw new IllegalArgumentException(
          "A store on ordered maps is not shared, can lock, and can be moved in and out; declared is "
              + info);
    }
    byte[] format = format();
    if (format == null) {
      begin();
    } else if (format.length != 1 || format[0] != FORMAT) {
      throw new StoreException(
          Effect.FAULT,
          "The store %s was written in format %s; this version knows %d"
              .formatted(name(), format.length == 1 ? format[0] : "unknown", FORMAT),
          null);
    }
  }

  /** Nothing depends on whether this was written: whoever opens the data next does it again. */
  private void begin() {
    try {
      write(List.of(new Change(Table.META, FORMAT_KEY, new byte[] {FORMAT})));
    } catch (StoreException e) {
      throw e.effect() == Effect.UNKNOWN
          ? new StoreException(Effect.UNAVAILABLE, "Not opened: " + e.getMessage(), e)
          : e;
    }
  }

  private byte @Nullable [] format() {
    try (Snapshot snapshot = snapshot()) {
      return snapshot.get(Table.META, FORMAT_KEY);
    }
  }

  private String name() {
    return engine.info().name();
  }

  Snapshot snapshot() {
    return engine.snapshot();
  }

  /**
   * Writes all of it or nothing.
   *
   * @throws StoreException if that failed. If what happened is unknown, it is known when the data
   *     were opened anew, and until then nothing more is written
   */
  void write(List<Change> changes) {
    if (suspect) {
      throw new StoreException(Effect.UNAVAILABLE, "The data are to be opened anew", null);
    }
    boolean harmless = false;
    try {
      engine.write(changes);
      harmless = true;
    } catch (StoreException e) {
      harmless = e.effect() != Effect.UNKNOWN;
      throw e;
    } catch (RuntimeException e) {
      throw new StoreException(Effect.UNKNOWN, "A write in " + name() + " failed: " + e, e);
    } finally {
      if (!harmless) {
        suspect = true;
      }
    }
  }

  /** Whether only opening the data anew tells what is in them, since a write or all failed. */
  boolean suspect() {
    return suspect || !engine.usable();
  }

  void close() {
    engine.close();
  }
}
