package dev.restante.example.chat;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/**
 * The frames on their way to one socket: one is being sent, a bounded number wait. Never blocks. A
 * device that does not read fills its own queue and is closed; nobody else notices.
 */
final class Outgoing {
  private record Waiting(String json, Runnable accepted) {}

  private final Session socket;
  private final Queue<Waiting> waiting = new ArrayDeque<>(); // guarded by itself, as the next three
  private long waitingChars;
  private boolean sending;
  private @Nullable Closing closing;
  private final AtomicInteger pumps = new AtomicInteger();

  Outgoing(Session socket) {
    this.socket = socket;
  }

  /** Sends after what waits already. */
  void send(String json) {
    send(json, () -> {});
  }

  /**
   * Sends after what waits already.
   *
   * @param accepted runs when the socket has taken the frame, and not if it never does
   */
  void send(String json, Runnable accepted) {
    boolean tooSlow;
    synchronized (waiting) {
      if (closing != null) {
        return;
      }
      waiting.add(new Waiting(json, accepted));
      waitingChars += json.length();
      tooSlow = waitingChars > Limits.WAITING_CHARS;
      if (tooSlow) {
        waiting.clear();
        closing = Closing.NOT_READING;
      }
    }
    if (tooSlow) {
      // a close frame would wait behind the frame that is not read
      socket.disconnect();
    } else {
      pump();
    }
  }

  /** Closes the socket after what waits already. */
  void close(Closing why) {
    synchronized (waiting) {
      if (closing != null) {
        return;
      }
      closing = why;
    }
    pump();
  }

  /**
   * Sends what can be sent now. A frame that the socket takes at once calls this again from inside;
   * the count turns that into another round of the outer loop instead of a deeper stack.
   */
  private void pump() {
    if (pumps.getAndIncrement() != 0) {
      return;
    }
    do {
      next();
    } while (pumps.decrementAndGet() != 0);
  }

  private void next() {
    Waiting frame;
    Closing last;
    synchronized (waiting) {
      if (sending) {
        return;
      }
      frame = waiting.poll();
      last = closing;
      if (frame != null) {
        waitingChars -= frame.json.length();
      }
      sending = frame != null || last != null;
    }
    if (frame != null) {
      socket.sendText(frame.json, Callback.from(() -> sent(frame), failure -> socket.disconnect()));
    } else if (last != null) {
      socket.close(last.code(), last.name(), Callback.NOOP);
    }
  }

  private void sent(Waiting frame) {
    synchronized (waiting) {
      sending = false;
    }
    frame.accepted.run();
    pump();
  }
}
