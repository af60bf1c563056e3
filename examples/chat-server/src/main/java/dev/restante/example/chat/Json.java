package dev.restante.example.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.restante.api.Acknowledgement;
import dev.restante.api.DeviceId;
import dev.restante.api.DevicesChanged;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.GroupCreated;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.MembershipChanged;
import dev.restante.api.Message;
import dev.restante.api.Refusal;
import dev.restante.api.TitleChanged;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Delivery;
import java.time.Instant;
import java.util.List;

/** The server's side of the protocol: Restante's vocabulary as JSON. */
final class Json {
  private Json() {}

  static ObjectNode object(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  static ObjectNode welcome(DeviceId device) {
    return object("welcome")
        .put("user", device.user().value())
        .put("device", device.value())
        .put("maxTextBytes", Limits.TEXT_BYTES)
        .put("maxFrameChars", Limits.FRAME_CHARS)
        .put("maxRequestsInFlight", Limits.REQUESTS_IN_FLIGHT);
  }

  static ObjectNode accepted(String id, Acknowledgement ack) {
    return object("accepted")
        .put("id", id)
        .put("conversation", ack.conversation().key())
        .put("seq", ack.seq())
        .put("time", millis(ack.serverTime()))
        .put("repeat", ack.repeat());
  }

  static ObjectNode refused(String id, Refusal refusal) {
    return refusal(object("refused").put("id", id), refusal);
  }

  /** Adds code, detail and advice. */
  static ObjectNode refusal(ObjectNode to, Refusal refusal) {
    return to.put("code", refusal.code().name())
        .put("detail", refusal.detail())
        .put("retry", refusal.code().retry().name());
  }

  static ObjectNode error(String id, String code, String detail) {
    ObjectNode error = object("error");
    if (!id.isEmpty()) {
      error.put("id", id);
    }
    return error.put("code", code).put("detail", detail).put("retry", Refusal.Retry.NEVER.name());
  }

  static ObjectNode error(String id, BadFrame bad) {
    return error(id, bad.code().name(), bad.detail());
  }

  static ObjectNode history(String id, String conversation, HistoryPage page) {
    ObjectNode history = object("history").put("id", id).put("conversation", conversation);
    return entries(history, "entries", page.entries()).put("more", page.next().isPresent());
  }

  static ObjectNode members(String id, String conversation, List<Member> members) {
    ObjectNode answer = object("members").put("id", id).put("conversation", conversation);
    people(answer, members);
    return answer;
  }

  static ObjectNode delivery(Delivery delivery) {
    if (delivery instanceof Delivery.Page page) {
      return entries(object("page"), "entries", page.entries())
          .put("cursor", page.cursor().token());
    }
    if (delivery instanceof Delivery.Snapshot snapshot) {
      ObjectNode out = object("snapshot").put("reason", snapshot.reason().name());
      ArrayNode conversations = out.putArray("conversations");
      snapshot.conversations().forEach(each -> conversations.add(summary(each)));
      return out.put("last", snapshot.last()).put("cursor", snapshot.cursor().token());
    }
    Delivery.CaughtUp caughtUp = (Delivery.CaughtUp) delivery;
    return object("caught-up").put("cursor", caughtUp.cursor().token());
  }

  private static ObjectNode summary(ConversationSummary summary) {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("conversation", summary.conversation().key())
            .put("title", summary.title())
            .put("member", summary.member())
            .put("head", summary.headSeq());
    return entries(out, "latest", summary.latest());
  }

  private static ObjectNode entries(ObjectNode to, String field, List<? extends Entry> entries) {
    ArrayNode list = to.putArray(field);
    entries.forEach(each -> list.add(entry(each)));
    return to;
  }

  private static ObjectNode entry(Entry entry) {
    if (entry instanceof LogEntry logged) {
      return logged(logged);
    }
    if (entry instanceof Gap gap) {
      return object("gap")
          .put("conversation", gap.conversation().key())
          .put("from", gap.fromSeq())
          .put("to", gap.toSeq());
    }
    return object(entry instanceof DevicesChanged ? "devices" : "unknown");
  }

  private static ObjectNode logged(LogEntry entry) {
    if (entry instanceof Message message) {
      return log("message", entry)
          .put("sender", message.sender().user().value())
          .put("id", message.clientId())
          .put("kind", message.kind().name())
          .put("text", message.body().asText());
    }
    if (entry instanceof GroupCreated created) {
      ObjectNode out = log("created", entry).put("actor", created.actor().value());
      people(out, created.members());
      return out.put("title", created.title());
    }
    if (entry instanceof MembershipChanged changed) {
      ObjectNode out = log("members", entry).put("actor", changed.actor().value());
      people(out, changed.members());
      return out.put("change", changed.change().name());
    }
    if (entry instanceof TitleChanged changed) {
      return log("title", entry)
          .put("actor", changed.actor().value())
          .put("title", changed.title());
    }
    // of a newer version: it holds its place, so that nobody takes it for a gap
    return log("unknown", entry);
  }

  private static ObjectNode log(String type, LogEntry entry) {
    return object(type)
        .put("conversation", entry.conversation().key())
        .put("seq", entry.seq())
        .put("time", millis(entry.serverTime()));
  }

  private static void people(ObjectNode to, List<Member> members) {
    ArrayNode list = to.putArray("members");
    for (Member each : members) {
      list.addObject().put("user", each.user().value()).put("role", each.role().name());
    }
  }

  private static long millis(Instant time) {
    return time.toEpochMilli();
  }
}
