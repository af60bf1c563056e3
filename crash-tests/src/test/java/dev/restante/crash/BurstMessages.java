package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Message;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * The messages of a burst: which there are, and where each of them stands by its acknowledgements.
 * A client keeps no more of a message than its index, and makes the same draft of it each time.
 */
final class BurstMessages {
  private static final int BODY_BYTES = 1024;

  private final AtomicLongArray seqs = new AtomicLongArray(BurstNode.MESSAGES);
  final LongAdder overloaded = new LongAdder();
  private final LongAdder wrong = new LongAdder();

  static Draft draft(DeviceId sender, ConversationId conversation, int index) {
    return Draft.of(
        sender,
        conversation,
        "message " + index,
        MessageKind.TEXT,
        Payload.wrap(ByteBuffer.allocate(BODY_BYTES).putInt(index).putInt(~index).array()));
  }

  /** Which message this is, whole as it was sent. */
  static int indexOf(Message message) {
    ByteBuffer body = ByteBuffer.wrap(message.body().toByteArray());
    int index = body.getInt();
    assertThat(message)
        .isEqualTo(
            new Message(
                message.conversation(),
                message.seq(),
                message.serverTime(),
                message.sender(),
                "message " + index,
                MessageKind.TEXT,
                draft(message.sender(), message.conversation(), index).body(),
                0,
                null,
                Payload.empty()));
    return index;
  }

  /** The number that a message was given; 0 as long as it is not acknowledged. */
  long seq(int index) {
    return seqs.get(index);
  }

  void note(int index, CompletionStage<Result<Acknowledgement>> stage, CountDownLatch done) {
    var unused =
        stage.whenComplete(
            (result, failure) -> {
              if (failure != null) {
                wrong.increment();
              } else {
                note(index, result);
              }
              done.countDown();
            });
  }

  private void note(int index, Result<Acknowledgement> result) {
    if (result.isOk()) {
      long seq = result.orThrow().seq();
      if (!seqs.compareAndSet(index, 0, seq) && seqs.get(index) != seq) {
        wrong.increment();
      }
      return;
    }
    Code code = result.whyRefused().orElseThrow().code();
    if (code == Code.OVERLOADED) {
      overloaded.increment();
    } else if (code != Code.PREDECESSOR_REFUSED) {
      wrong.increment();
    }
  }

  /** Waits for the answers to everything that was sent in one go. */
  void await(CountDownLatch done) {
    try {
      assertThat(done.await(30, TimeUnit.SECONDS)).as("every submit is answered").isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(wrong.sum()).as("failures, other refusals, two numbers of one message").isZero();
  }
}
