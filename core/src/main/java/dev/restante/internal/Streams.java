package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The states of streams that this node remembers, least recently used first. A state that something
 * refers to or waits for stays, so the limit may be passed for a while. Guarded by the committer's
 * lock.
 */
final class Streams {
  /** How many of the eldest to look at for one to forget. */
  private static final int TRIES = 8;

  private final int limit;
  private final LinkedHashMap<ConversationId, LogState> logs =
      new LinkedHashMap<>(1024, 0.75f, true);
  private final LinkedHashMap<UserId, InboxState> inboxes = new LinkedHashMap<>(1024, 0.75f, true);

  Streams(int limit) {
    this.limit = limit;
  }

  /** The state of a conversation, pinned: whoever asks gives the pin back. */
  LogState log(ConversationId conversation) {
    LogState state = logs.get(conversation);
    if (state == null) {
      evict();
      state = new LogState(conversation);
      logs.put(conversation, state);
    }
    state.pins++;
    return state;
  }

  /** The state of an inbox, pinned: whoever asks gives the pin back. */
  InboxState inbox(UserId user) {
    InboxState state = inboxes.get(user);
    if (state == null) {
      evict();
      state = new InboxState(user);
      inboxes.put(user, state);
    }
    state.pins++;
    return state;
  }

  /** Forgets all heads, after the store was found to have gone back. */
  void unloadIdle() {
    forEach(
        stream -> {
          if (stream.owner == null && stream.place != Stream.Place.LOADING) {
            stream.unload();
          }
        });
  }

  void forEach(Consumer<Stream> action) {
    logs.values().forEach(action);
    inboxes.values().forEach(action);
  }

  private void evict() {
    if (logs.size() + inboxes.size() < limit) {
      return;
    }
    // Logs go first: they pin inboxes.
    if (!evictFrom(logs)) {
      evictFrom(inboxes);
    }
  }

  private static <K, S extends Stream> boolean evictFrom(Map<K, S> states) {
    List<K> kept = new ArrayList<>(0);
    boolean evicted = false;
    Iterator<Map.Entry<K, S>> eldest = states.entrySet().iterator();
    while (!evicted && kept.size() < TRIES && eldest.hasNext()) {
      Map.Entry<K, S> entry = eldest.next();
      evicted = entry.getValue().isEvictable();
      if (evicted) {
        entry.getValue().unload();
        eldest.remove();
      } else {
        kept.add(entry.getKey());
      }
    }
    // Those that cannot go are not looked at again soon: the map is ordered by access.
    kept.forEach(states::get);
    return evicted;
  }
}
