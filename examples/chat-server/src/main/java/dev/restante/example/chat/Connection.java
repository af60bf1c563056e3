package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.Restante;
import dev.restante.api.DeviceId;
import dev.restante.api.InvalidValueException;
import dev.restante.api.Refusal;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket, which after its {@code hello} is one device: frames in become calls of Restante, what
 * Restante delivers becomes frames out. Nothing here blocks.
 */
final class Connection implements Flow.Subscriber<Delivery> {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Small pages, so that a person sees a backlog drain. */
  private static final SyncPolicy POLICY =
      SyncPolicy.everything()
          .withSummariesFirst()
          .withPages(20, 64 * 1024)
          .withMaxUnacknowledged(100);

  /** How many deliveries may be on their way to the socket. */
  private static final int DELIVERIES_AHEAD = 2;

  private final Restante restante;
  private final Requests requests;
  private final Authenticator authenticator;
  private final Outgoing out;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile @Nullable DeviceSession session;
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean gone;

  Connection(Restante restante, Authenticator authenticator, Outgoing out) {
    this.restante = restante;
    this.requests = new Requests(restante);
    this.authenticator = authenticator;
    this.out = out;
  }

  /** Whether the socket has said who it is. */
  boolean introduced() {
    return session != null;
  }

  /** Who it is, once it has said so. */
  Optional<DeviceId> device() {
    return Optional.ofNullable(session).map(DeviceSession::device);
  }

  /** Ends the socket. */
  void close(Closing why) {
    out.close(why);
  }

  /** The socket is gone. Nothing is lost: the device goes on from what it acknowledged. */
  void socketGone() {
    gone = true;
    DeviceSession open = session;
    if (open != null) {
      open.close();
    }
  }

  /** A frame came; those of one socket come one after the other. */
  void frame(String text) {
    String id = "";
    try {
      Frame frame = Frame.parse(text);
      id = frame.id();
      DeviceSession open = session;
      if (open != null) {
        request(frame, open);
      } else if (frame.type().equals("hello")) {
        hello(frame);
      } else {
        throw new BadFrame(BadFrame.Code.HELLO_FIRST, "the first frame has to be hello");
      }
    } catch (BadFrame e) {
      out.send(Json.error(id, e).toString());
    } catch (InvalidValueException e) {
      out.send(Json.error(id, BadFrame.of(e)).toString());
    } catch (RuntimeException e) {
      LOG.error("a frame could not be handled", e);
      out.send(internal(id).toString());
    }
  }

  private void hello(Frame frame) throws BadFrame {
    DeviceId claimed = UserId.of(frame.text("user")).device(frame.text("device"));
    SyncPolicy policy =
        frame.has("cursor") ? POLICY.resumeAt(new Cursor(frame.text("cursor"))) : POLICY;
    Optional<DeviceId> proved = authenticator.authenticate(frame.text("token"));
    if (!proved.equals(Optional.of(claimed))) {
      String detail = "the token is not one of this device";
      out.send(Json.error("", Closing.BAD_TOKEN.name(), detail).toString());
      out.close(Closing.BAD_TOKEN);
      return;
    }
    out.send(Json.welcome(claimed).toString());
    DeviceSession opened = restante.sync().connect(claimed, policy, this);
    session = opened;
    if (gone) {
      opened.close();
    }
    opened.ended().thenAccept(this::ended);
  }

  private void request(Frame frame, DeviceSession open) throws BadFrame {
    if (inFlight.incrementAndGet() > Limits.REQUESTS_IN_FLIGHT) {
      // to refuse just this one would let a later one overtake it
      out.close(Closing.TOO_MANY_REQUESTS);
      open.close();
      return;
    }
    boolean begun = false;
    try {
      requests
          .handle(frame, open)
          .exceptionally(failure -> Optional.of(failed(frame, failure)))
          .thenAccept(this::answered);
      begun = true;
    } finally {
      if (!begun) {
        inFlight.decrementAndGet();
      }
    }
  }

  private void answered(Optional<ObjectNode> answer) {
    inFlight.decrementAndGet();
    answer.ifPresent(each -> out.send(each.toString()));
  }

  private static ObjectNode failed(Frame frame, Throwable failure) {
    LOG.error("a request failed", failure);
    return internal(frame.id());
  }

  private static ObjectNode internal(String id) {
    String detail = "the server failed at this request";
    return Json.error(id, BadFrame.Code.INTERNAL.name(), detail)
        .put("retry", Refusal.Retry.SAME_REQUEST_LATER.name());
  }

  private void ended(DeviceSession.End end) {
    out.send(Json.object("ended").put("reason", end.name()).toString());
    out.close(Closing.of(end));
  }

  // ---- what Restante delivers ------------------------------------------------------------------

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(DELIVERIES_AHEAD);
  }

  /** Asks for another delivery only when the socket has taken this one. */
  @Override
  public void onNext(Delivery delivery) {
    Flow.Subscription given = Objects.requireNonNull(subscription);
    out.send(Json.delivery(delivery).toString(), () -> given.request(1));
  }

  @Override
  public void onError(Throwable failure) {
    LOG.error("a session failed", failure);
    out.close(Closing.INTERNAL);
  }

  @Override
  public void onComplete() {
    // the reason comes with the session's end
  }
}
