package dev.restante.storage.ordered;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /**
   * @param capacity how many entries are kept, roughly; 0 for none
   */
  Remembered(int capacity) {
    int each = (capacity >>> PARTS_LOG) + (capacity % (1 << PARTS_LOG) == 0 ? 0 : 1);
    for (int i = 0; i < 1 << PARTS_LOG; i++) {
      parts.add(new Part<>(each));
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
      part.put(key, value);
    }
  }

  void forget(K key) {
    Part<K, V> part = part(key);
    synchronized (part) {
      part.remove(key);
    }
  }

  private static final class Part<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int capacity;

    Part(int capacity) {
      super(16, 0.75f, true);
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > capacity;
    }
  }
}
