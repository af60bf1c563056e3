package dev.restante;

import static java.util.Objects.requireNonNull;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import dev.restante.api.RefusedException;
import dev.restante.api.message.Enqueued;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueuedDraft;
import java.util.List;

/**
 * Makes a message part of a transaction of the host: it is sent if the transaction is committed,
 * and never existed if it is rolled back. A row is written, no more; a node that was built with the
 * same source ({@link RestanteBuilder#relayFrom}) submits it afterwards. No node is needed here: a
 * program that only enqueues builds none.
 *
 * <p>Immutable; safe for use by many threads. Works on the caller's thread, in his transaction.
 *
 * @param <T> what stands for a transaction, such as a {@code java.sql.Connection}
 */
public final class TransactionalEnqueue<T> {
  private final EnqueueSource<T> source;
  private final int maxBodyBytes;

  private TransactionalEnqueue(EnqueueSource<T> source, int maxBodyBytes) {
    this.source = source;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * Enqueues into a source.
   *
   * @param options those of the nodes: bodies above their {@code maxBodyBytes} are refused here,
   *     not later
   */
  public static <T> TransactionalEnqueue<T> into(EnqueueSource<T> source, RestanteOptions options) {
    return new TransactionalEnqueue<>(requireNonNull(source, "source"), options.maxBodyBytes());
  }

  /**
   * Enqueues a draft. What can be known now is checked now; whether the sender is a member, for
   * example, is found out when the draft is submitted, and makes it a dead letter if he is not.
   *
   * <p>Refusals are exceptions, unlike elsewhere: a transaction whose message was refused must not
   * be committed as if nothing had happened.
   *
   * @param transaction the transaction under way
   * @param draft the draft; its client id makes repeats of the transaction harmless
   * @return what names the message
   * @throws RefusedException with {@code TOO_LARGE}, naming size and limit; nothing was written
   * @throws IllegalStateException if no transaction is under way
   * @throws dev.restante.storage.StoreException if the database does not take it, with its
   *     exception as the cause
   */
  public Enqueued enqueue(T transaction, Draft draft) {
    requireNonNull(transaction, "transaction");
    int size = draft.body().size();
    if (size > maxBodyBytes) {
      throw new RefusedException(
          new Refusal(
              Refusal.Code.TOO_LARGE,
              "the body has " + size + " bytes, the limit is " + maxBodyBytes));
    }
    source.enqueue(transaction, encoded(draft));
    return new Enqueued(draft.sender().user(), draft.conversation(), draft.clientId());
  }

  private static EnqueuedDraft encoded(Draft draft) {
    byte[] payload = WireCodec.encode(draft);
    return new EnqueuedDraft(
        draft.conversation().tenant(),
        lane(draft.sender(), draft.conversation()),
        Hashing.farmHashFingerprint64().hashBytes(payload).asLong(),
        payload);
  }

  /** The same for what one device sends to one conversation; two pairs may share one, seldom. */
  private static long lane(DeviceId sender, ConversationId conversation) {
    Hasher hasher = Hashing.farmHashFingerprint64().newHasher();
    for (String part :
        List.of(conversation.tenant(), conversation.key(), sender.user().value(), sender.value())) {
      hasher.putInt(part.length()).putUnencodedChars(part);
    }
    return hasher.hash().asLong();
  }
}
