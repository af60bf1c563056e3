package dev.restante.storage.ordered;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map that forgets what was not asked for for longest. Safe for use by many threads,
 * which seldom meet: it is made of parts with a lock each. (This module stands on the JDK alone.)
 */
final class Remembered<K, V> {
  private static final int PARTS_LOG = 4;

  /** The hash's upper bits choose the part, since the part's own table goes by the lower ones. */
  private static final int SCATTER = 0x9E37_79B9;

  private final List<Part<K, V>> parts = new ArrayList<>();
  private final Consumer<V> dropped;

  /**
   * @param capacity how many entries are kept, roughly; 0 for none
   */
  Remembered(int capacity) {
    this(capacity, value -> {});
  }

  /**
   * @param dropped is told of each value that was remembered and is not any more, before anybody
   *     can get another one in its place
   */
  Remembered(int capacity, Consumer<V> dropped) {
    this.dropped = dropped;
    int each = (capacity >>> PARTS_LOG) + (capacity % (1 << PARTS_LOG) == 0 ? 0 : 1);
    for (int i = 0; i < 1 << PARTS_LOG; i++) {
      parts.add(new Part<>(each, dropped));
    }
  }

  private Part<K, V> part(K key) {
    return parts.get((key.hashCode() * SCATTER) >>> (Integer.SIZE - PARTS_LOG));
  }

  @Nullable V get(K key) {
    Part<K, V> part = part(key);
    synchronized (part) {
      return part.get(key);
    }
  }

  /** What is remembered, or else what is made, which is remembered then. */
  V get(K key, Function<K, V> making) {
    Part<K, V> part = part(key);
    synchronized (part) {
      return part.computeIfAbsent(key, making);
    }
  }

  void put(K key, V value) {
    Part<K, V> part = part(key);
    synchronized (part) {
      V before = part.put(key, value);
      if (before != null && before != value) {
        dropped.accept(before);
      }
    }
  }

  void forget(K key) {
    Part<K, V> part = part(key);
    synchronized (part) {
      V before = part.remove(key);
      if (before != null) {
        dropped.accept(before);
      }
    }
  }

  private static final class Part<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int capacity;
    private final transient Consumer<V> dropped;

    Part(int capacity, Consumer<V> dropped) {
      super(16, 0.75f, true);
      this.capacity = capacity;
      this.dropped = dropped;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      boolean drops = size() > capacity;
      if (drops) {
        dropped.accept(eldest.getValue());
      }
      return drops;
    }
  }
}
