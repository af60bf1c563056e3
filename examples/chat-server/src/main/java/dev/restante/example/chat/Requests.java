package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.Restante;
import dev.restante.api.Acknowledgement;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.conversation.Conversations;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.DeviceSession;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Turns a request frame of a device into the one call of Restante that it means, and the call's
 * result into the answer. The acting user and device are always the session's.
 */
final class Requests {
  private static final long LATEST_TIME = Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();

  private final Restante restante;

  Requests(Restante restante) {
    this.restante = restante;
  }

  /** The answer, empty where none is needed. */
  CompletionStage<Optional<ObjectNode>> handle(Frame frame, DeviceSession session) throws BadFrame {
    notForAnother(frame, session.device());
    UserId acting = session.device().user();
    Conversations groups = restante.conversations();
    return switch (frame.type()) {
      case "submit" -> accepted(frame, session.submit(draft(frame, session.device())));
      case "ack" -> ifRefused(frame, session.acknowledge(new Cursor(frame.text("cursor"))));
      case "resume" -> {
        session.resume(frame.conversation(), frame.text("first"));
        yield CompletableFuture.completedStage(Optional.empty());
      }
      case "history" -> history(frame, acting);
      case "members" -> members(frame, acting);
      case "create" ->
          accepted(
              frame,
              groups.create(
                  acting, frame.conversation(), frame.text("title"), frame.users("members")));
      case "add" -> accepted(frame, groups.add(acting, frame.conversation(), frame.users("users")));
      case "remove" ->
          accepted(frame, groups.remove(acting, frame.conversation(), frame.users("users")));
      case "rename" ->
          accepted(frame, groups.setTitle(acting, frame.conversation(), frame.text("title")));
      case "forget" -> ifRefused(frame, restante.devices().revoke(acting, session.device()));
      case "hello" ->
          throw new BadFrame(BadFrame.Code.ALREADY_CONNECTED, "this socket has said hello");
      default ->
          throw new BadFrame(BadFrame.Code.UNKNOWN_TYPE, "unknown type of frame: " + frame.type());
    };
  }

  /** Frames need not say who acts. One that does, and names somebody else, is told so. */
  private static void notForAnother(Frame frame, DeviceId device) throws BadFrame {
    boolean another =
        (frame.has("sender") && !frame.text("sender").equals(device.user().value()))
            || (frame.has("user") && !frame.text("user").equals(device.user().value()))
            || (frame.has("device") && !frame.text("device").equals(device.value()));
    if (another && !frame.type().equals("hello")) {
      throw new BadFrame(
          BadFrame.Code.ACTING_FOR_ANOTHER,
          "this socket is a device of " + device.user().value() + " and acts for nobody else");
    }
  }

  private static Draft draft(Frame frame, DeviceId sender) throws BadFrame {
    Draft draft = Draft.text(sender, frame.conversation(), frame.text("id"), frame.text("text"));
    return frame.has("composedAt")
        ? draft.composedAt(Instant.ofEpochMilli(frame.number("composedAt", 0, LATEST_TIME)))
        : draft;
  }

  private CompletionStage<Optional<ObjectNode>> history(Frame frame, UserId acting)
      throws BadFrame {
    int limit = (int) frame.number("limit", 1, Limits.HISTORY_ENTRIES);
    HistoryQuery query =
        HistoryQuery.before(frame.conversation(), frame.number("before", 1, Long.MAX_VALUE), limit);
    return answer(
        frame,
        restante.messages().history(acting, query),
        page -> Json.history(frame.id(), query.conversation().key(), page));
  }

  private CompletionStage<Optional<ObjectNode>> members(Frame frame, UserId acting)
      throws BadFrame {
    String key = frame.text("conversation");
    return answer(
        frame,
        restante.conversations().members(acting, frame.conversation()),
        members -> Json.members(frame.id(), key, members));
  }

  private static CompletionStage<Optional<ObjectNode>> accepted(
      Frame frame, CompletionStage<Result<Acknowledgement>> result) {
    return answer(frame, result, acknowledgement -> Json.accepted(frame.id(), acknowledgement));
  }

  private static <T> CompletionStage<Optional<ObjectNode>> answer(
      Frame frame, CompletionStage<Result<T>> result, Function<T, ObjectNode> ifOk) {
    return result.thenApply(
        outcome -> Optional.of(outcome.fold(ifOk, refusal -> Json.refused(frame.id(), refusal))));
  }

  private static CompletionStage<Optional<ObjectNode>> ifRefused(
      Frame frame, CompletionStage<? extends Result<?>> result) {
    return result.thenApply(
        outcome -> outcome.whyRefused().map(refusal -> Json.refused(frame.id(), refusal)));
  }
}
