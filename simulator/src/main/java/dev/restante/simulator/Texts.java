package dev.restante.simulator;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Payload;
import dev.restante.api.UserId;
import java.io.PrintWriter;
import java.io.StringWriter;

/** Ids and entries, short and printable whatever is in them. */
final class Texts {
  private static final int SHOWN = 16;

  private Texts() {}

  static String of(String id) {
    StringBuilder shown = new StringBuilder();
    id.codePoints()
        .limit(SHOWN)
        .forEach(
            c -> {
              if (c < ' ' || c > '~') {
                shown.append("\\u").append(Integer.toHexString(c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return id.length() > SHOWN
        ? shown + "…" + Integer.toHexString(id.hashCode())
        : shown.toString();
  }

  static String of(Payload body) {
    return "'" + of(body.asText()) + "'";
  }

  static String of(UserId user) {
    return user.tenant().equals(UserId.DEFAULT_TENANT)
        ? of(user.value())
        : of(user.tenant()) + "|" + of(user.value());
  }

  static String of(DeviceId device) {
    return of(device.user()) + "/" + of(device.value());
  }

  static String of(ConversationId conversation) {
    return conversation.isDirect()
        ? conversation.pair().stream().map(Texts::of).toList().toString()
        : "#" + of(conversation.value());
  }

  static String of(Entry entry) {
    if (entry instanceof Message message) {
      return of(message.conversation())
          + ":"
          + message.seq()
          + " "
          + of(message.body())
          + " ("
          + of(message.clientId())
          + " from "
          + of(message.sender())
          + ")";
    }
    if (entry instanceof LogEntry log) {
      return of(log.conversation()) + ":" + log.seq() + " " + entry.getClass().getSimpleName();
    }
    return entry.getClass().getSimpleName();
  }

  static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
