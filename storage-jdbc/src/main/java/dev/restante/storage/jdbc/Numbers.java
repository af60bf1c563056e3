package dev.restante.storage.jdbc;

import dev.restante.storage.StreamKey;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of the streams that one call needs: those remembered by all calls, and those looked
 * up for this one. Asking for an unknown one notes it and answers 0, so that a call finds out in
 * one pass what it has to look up. Once known, a number stays known to this call: those that all
 * calls remember may be evicted at any moment, also by what this one looks up. For one thread.
 */
final class Numbers {
  private final StreamIds.Generation remembered;
  private final Map<StreamKey, Long> known = new HashMap<>();
  private final Map<StreamKey, Long> found = new HashMap<>();
  private final Set<StreamKey> missing = new LinkedHashSet<>();

  Numbers(StreamIds.Generation remembered) {
    this.remembered = remembered;
  }

  StreamIds.Generation generation() {
    return remembered;
  }

  /** Makes sure that these numbers may be used in a session, which may have begun later. */
  void check(Session session) {
    if (session.generation() != remembered) {
      throw new Outdated(remembered);
    }
  }

  long of(StreamKey key) {
    Long id = known.get(key);
    if (id == null) {
      id = remembered.id(key);
      if (id == null) {
        missing.add(key);
        return 0;
      }
      known.put(key, id);
    }
    return id;
  }

  /** What was asked for and is unknown; asking this begins a new pass. */
  Set<StreamKey> takeMissing() {
    Set<StreamKey> taken = new LinkedHashSet<>(missing);
    missing.clear();
    return taken;
  }

  void found(StreamKey key, long id) {
    found.put(key, id);
    known.put(key, id);
  }

  @Nullable Long found(StreamKey key) {
    return found.get(key);
  }

  /** Whether everything asked for since the last {@link #takeMissing()} was known. */
  boolean complete() {
    return missing.isEmpty();
  }

  /** Lets all calls know what this one looked up. Only when it is certain that it is committed. */
  void remember() {
    if (!found.isEmpty()) {
      remembered.remember(found);
    }
  }
}
