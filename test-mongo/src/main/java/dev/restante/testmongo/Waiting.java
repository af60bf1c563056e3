package dev.restante.testmongo;

import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerException;
import de.bwaldvogel.mongo.wire.message.MessageHeader;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Those who asked for more of a stream of changes when there was nothing. They are answered when
 * there is, or when the time is over for which they wanted to wait.
 *
 * <p>The server answers each message when it comes, on a thread that many connections share and
 * that must not wait. So it is given an answer that never leaves it, and the true one is sent
 * later.
 */
final class Waiting {
  /** How long MongoDB waits where it is not told. */
  private static final long DEFAULT_MILLIS = 1_000;

  private static final String HANDLER = "later";

  /** What a document holds that is no answer. */
  private static final String LATER = "answered later, if at all";

  /** Each asks once at a time. */
  private record Asked(MongoBackend backend, MongoMessage message) {}

  private final List<Asked> all = new ArrayList<>();
  private final AtomicInteger answers = new AtomicInteger();

  /** Whether somebody asked for more of something that does not end, and there was nothing. */
  static boolean isInVain(MongoMessage message, Document answer) {
    return message.getDocument().containsKey("getMore")
        && answer.get("cursor") instanceof Document cursor
        && cursor.get("nextBatch") instanceof List<?> batch
        && batch.isEmpty()
        && cursor.get("id") instanceof Number id
        && id.longValue() != 0;
  }

  /** No answer, and none later either. */
  static Document never(MongoMessage message) {
    Channel channel = message.getChannel();
    if (channel.pipeline().get(HANDLER) == null) {
      channel
          .pipeline()
          .addLast(
              HANDLER,
              new ChannelOutboundHandlerAdapter() {
                @Override
                public void write(ChannelHandlerContext to, Object what, ChannelPromise written) {
                  if (what instanceof MongoMessage each && each.getDocument().containsKey(LATER)) {
                    written.setSuccess();
                  } else {
                    var unused = to.write(what, written);
                  }
                }
              });
    }
    return new Document(LATER, true);
  }

  /** No answer yet. Called with the backend locked, as all others are. */
  Document later(MongoBackend backend, MongoMessage message) {
    Asked asked = new Asked(backend, message);
    all.add(asked);
    long millis =
        message.getDocument().get("maxTimeMS") instanceof Number most
            ? most.longValue()
            : DEFAULT_MILLIS;
    var unused =
        message
            .getChannel()
            .eventLoop()
            .schedule(() -> timeIsOver(asked), millis, TimeUnit.MILLISECONDS);
    return never(message);
  }

  private void timeIsOver(Asked asked) {
    synchronized (asked.backend) {
      if (all.remove(asked)) {
        answer(asked, more(asked));
      }
    }
  }

  /** Something may have been written. */
  void look() {
    for (Asked asked : List.copyOf(all)) {
      Document more = more(asked);
      if (!isInVain(asked.message, more)) {
        all.remove(asked);
        answer(asked, more);
      }
    }
  }

  private static Document more(Asked asked) {
    try {
      return asked.backend.handleMessage(asked.message).cloneDeeply();
    } catch (MongoServerException e) {
      // Whoever asked ended the stream, and waits for no answer.
      return new Document("ok", 0).append("errmsg", "no such stream").append("code", 43);
    }
  }

  private void answer(Asked asked, Document answer) {
    int request = asked.message.getHeader().getRequestID();
    Channel channel = asked.message.getChannel();
    var unused =
        channel.writeAndFlush(
            new MongoMessage(
                channel, new MessageHeader(answers.decrementAndGet(), request), answer));
  }
}
