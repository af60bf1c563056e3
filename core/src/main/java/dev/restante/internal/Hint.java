package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import org.jspecify.annotations.Nullable;

/**
 * What one node says to the others in passing. It may be lost, late, repeated or false: it makes a
 * node look, and never know.
 */
sealed interface Hint {
  /** A stream was appended to. */
  sealed interface Head extends Hint {
    /** What is known here of the stream, if anything is. */
    @Nullable Stream of(Streams streams);

    /** The number of a row that it has. */
    long head();
  }

  /** A conversation was written to. */
  record LogHead(ConversationId conversation, long head) implements Head {
    @Override
    public @Nullable Stream of(Streams streams) {
      return streams.known(conversation);
    }
  }

  /** An inbox was written to. */
  record InboxHead(UserId user, long head) implements Head {
    @Override
    public @Nullable Stream of(Streams streams) {
      return streams.known(user);
    }
  }

  /** The user's devices changed, or one of them began a session. */
  record Devices(UserId user) implements Hint {}

  /** For whom the sender has sessions. */
  record Sessions(Awaited awaited) implements Hint {}
}
