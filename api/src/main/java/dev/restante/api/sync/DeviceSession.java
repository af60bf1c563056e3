package dev.restante.api.sync;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import java.util.concurrent.CompletionStage;

/**
 * One connection of one device. Safe for use by many threads; no method blocks; stages complete on
 * the callback executor.
 */
public interface DeviceSession extends AutoCloseable {
  /** Why a session ended. */
  enum End {
    /** The host closed it. */
    CLOSED,
    /** The device connected again, here or on another node. */
    REPLACED,
    /** The device was revoked: its client destroys keys and data, and does not come back. */
    REVOKED,
    /** The login policy does not let this device in, or let a newer one take its place. */
    DEVICE_LIMIT,
    /**
     * The subscriber cancelled, threw, or asked for a number of deliveries that is not positive.
     */
    SUBSCRIBER,
    /** The cursor to resume at is not one of this user's. */
    CURSOR_INVALID,
    /**
     * In too many conversations drafts were refused for a passing reason and never resumed: the
     * order could not be kept any longer. The device connects again and repeats them.
     */
    UNRESUMED,
    /** This node is closing; the device may connect to another one. */
    NODE_CLOSING
  }

  /** Whose session it is. */
  DeviceId device();

  /**
   * Says that the device has applied and kept everything up to a cursor that it was handed. What
   * every active device of the user has acknowledged may be removed from the inbox. Acknowledging
   * an older cursor again does no harm.
   *
   * @return the cursor now on record once that is durable, or a refusal: {@code CURSOR_INVALID},
   *     {@code SESSION_ENDED}, {@code CLOSED}. While the store is unreachable the stage waits; who
   *     repeats himself meanwhile gets the same stage again
   */
  CompletionStage<Result<Cursor>> acknowledge(Cursor cursor);

  /**
   * Accepts a message from this device, as {@link dev.restante.api.message.Messages#submit} does,
   * and keeps the order of everything submitted to one conversation through this session: after a
   * refusal for a passing reason ({@code OVERLOADED}, {@code UNAVAILABLE}, {@code OUTCOME_UNKNOWN})
   * later drafts to that conversation get {@code PREDECESSOR_REFUSED} until {@link #resume}.
   *
   * @throws IllegalArgumentException if the draft is from another device
   */
  CompletionStage<Result<Acknowledgement>> submit(Draft draft);

  /**
   * Lets drafts to a conversation in again, beginning with the one under this client id: the first
   * that the client is going to repeat, or, if it gives that one up, the next one. Drafts that come
   * before it, since they were on their way already, are still refused. Where nothing was refused
   * it does nothing.
   */
  void resume(ConversationId conversation, String clientId);

  /** Completes when the session has ended, with the reason. */
  CompletionStage<End> ended();

  /** Ends the session. Nothing is lost: the device goes on from its last acknowledgement. */
  @Override
  void close();
}
