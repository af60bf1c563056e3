package dev.restante.internal;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * States by name, in the order of their last use. Unlike a map in the order of access it can be
 * asked without that counting as use: of streams that other nodes write to, nodes hear all the
 * time. Guarded by the committer's lock.
 */
final class Shelf<K, S extends Stream> {
  /** How many of the eldest to look at for one to forget. */
  private static final int TRIES = 8;

  private final Map<K, S> states = new HashMap<>(1024);
  private final Function<S, K> name;
  private @Nullable S eldest;
  private @Nullable S newest;

  Shelf(Function<S, K> name) {
    this.name = name;
  }

  int size() {
    return states.size();
  }

  @Nullable S find(K wanted) {
    return states.get(wanted);
  }

  void add(S state) {
    states.put(name.apply(state), state);
    append(state);
  }

  /** It is used now. */
  void touch(S state) {
    if (state != newest) {
      takeOut(state);
      append(state);
    }
  }

  /** Forgets one of the eldest, if one of them can be forgotten. */
  boolean evict() {
    for (int tries = 0; tries < TRIES; tries++) {
      S state = eldest;
      if (state == null) {
        return false;
      }
      if (state.isEvictable()) {
        state.unload();
        takeOut(state);
        states.remove(name.apply(state));
        return true;
      }
      // What cannot go is not looked at again soon.
      touch(state);
    }
    return false;
  }

  /** From the eldest to the newest. */
  void forEach(Consumer<? super S> action) {
    for (S state = eldest; state != null; state = newer(state)) {
      action.accept(state);
    }
  }

  private void append(S state) {
    S last = newest;
    state.older = last;
    state.newer = null;
    if (last == null) {
      eldest = state;
    } else {
      last.newer = state;
    }
    newest = state;
  }

  private void takeOut(S state) {
    S before = older(state);
    S after = newer(state);
    if (before == null) {
      eldest = after;
    } else {
      before.newer = after;
    }
    if (after == null) {
      newest = before;
    } else {
      after.older = before;
    }
  }

  @SuppressWarnings("unchecked") // a shelf links its own states only
  private @Nullable S older(S state) {
    return (S) state.older;
  }

  @SuppressWarnings("unchecked") // a shelf links its own states only
  private @Nullable S newer(S state) {
    return (S) state.newer;
  }
}
