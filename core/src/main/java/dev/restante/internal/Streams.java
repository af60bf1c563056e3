package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The states of streams that this node remembers, least recently used first. A state that something
 * refers to or waits for stays, so the limit may be passed for a while. Guarded by the committer's
 * lock.
 */
final class Streams {
  private final int limit;
  private final Shelf<ConversationId, LogState> logs = new Shelf<>(log -> log.conversation);
  private final Shelf<UserId, InboxState> inboxes = new Shelf<>(inbox -> inbox.user);

  Streams(int limit) {
    this.limit = limit;
  }

  /** The state of a conversation, pinned: whoever asks gives the pin back. */
  LogState log(ConversationId conversation) {
    return pinned(logs, conversation, LogState::new);
  }

  /** The state of an inbox, pinned: whoever asks gives the pin back. */
  InboxState inbox(UserId user) {
    return pinned(inboxes, user, InboxState::new);
  }

  /** The state of a conversation if it is remembered. To ask is no use of it. */
  @Nullable LogState known(ConversationId conversation) {
    return logs.find(conversation);
  }

  /** The state of an inbox if it is remembered. To ask is no use of it. */
  @Nullable InboxState known(UserId user) {
    return inboxes.find(user);
  }

  private <K, S extends Stream> S pinned(Shelf<K, S> shelf, K name, Function<K, S> maker) {
    S state = shelf.find(name);
    if (state == null) {
      evict();
      state = maker.apply(name);
      shelf.add(state);
    } else {
      shelf.touch(state);
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
    logs.forEach(action);
    inboxes.forEach(action);
  }

  private void evict() {
    if (logs.size() + inboxes.size() < limit) {
      return;
    }
    // Logs go first: they pin inboxes.
    if (!logs.evict()) {
      inboxes.evict();
    }
  }
}
