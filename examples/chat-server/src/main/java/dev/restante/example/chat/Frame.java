package dev.restante.example.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.restante.api.ConversationId;
import dev.restante.api.InvalidValueException;
import dev.restante.api.UserId;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a client sent, read with suspicion: every field is checked for presence, type and size. */
final class Frame {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_ID_CHARS = 255;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode fields;

  private Frame(JsonNode fields) {
    this.fields = fields;
  }

  /** Reads an object. */
  static Frame parse(String text) throws BadFrame {
    if (text.length() > Limits.FRAME_CHARS) {
      throw new BadFrame(
          BadFrame.Code.FRAME_TOO_LARGE,
          "the frame has " + text.length() + " characters, the limit is " + Limits.FRAME_CHARS);
    }
    try {
      JsonNode node = JSON.readTree(text);
      if (node == null || !node.isObject()) {
        throw new BadFrame(BadFrame.Code.BAD_JSON, "a frame is a JSON object");
      }
      return new Frame(node);
    } catch (JsonProcessingException e) {
      throw new BadFrame(BadFrame.Code.BAD_JSON, "not JSON: " + e.getOriginalMessage());
    }
  }

  /** The kind of frame. */
  String type() throws BadFrame {
    return text("type");
  }

  /** The request's id for an answer to it, or empty if the frame has no usable one. */
  String id() {
    String id = fields.path("id").asText("");
    return fields.path("id").isTextual() && id.length() <= MAX_ID_CHARS ? id : "";
  }

  boolean has(String field) {
    return fields.hasNonNull(field);
  }

  /** A text that must be there. */
  String text(String field) throws BadFrame {
    JsonNode value = fields.path(field);
    if (!value.isTextual()) {
      throw bad(field, "a text", value);
    }
    return value.textValue();
  }

  /** A whole number that must be there. */
  long number(String field, long min, long max) throws BadFrame {
    JsonNode value = fields.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw bad(field, "a whole number", value);
    }
    long number = value.longValue();
    if (number < min || number > max) {
      throw new BadFrame(
          BadFrame.Code.BAD_FIELD, field + " must be " + min + " to " + max + ", is " + number);
    }
    return number;
  }

  /** The conversation that the frame is about. */
  ConversationId conversation() throws BadFrame {
    String key = text("conversation");
    try {
      return ConversationId.ofKey(UserId.DEFAULT_TENANT, key);
    } catch (InvalidValueException e) {
      throw BadFrame.of(e);
    }
  }

  /** A list of users. */
  Set<UserId> users(String field) throws BadFrame {
    JsonNode value = fields.path(field);
    if (!value.isArray()) {
      throw bad(field, "a list of user names", value);
    }
    if (value.size() > Limits.USERS) {
      throw new BadFrame(
          BadFrame.Code.BAD_FIELD,
          field + " names " + value.size() + " users, the limit is " + Limits.USERS);
    }
    Set<UserId> users = new LinkedHashSet<>();
    for (JsonNode each : value) {
      if (!each.isTextual()) {
        throw bad(field, "a list of user names", each);
      }
      users.add(UserId.of(each.textValue()));
    }
    return users;
  }

  private static BadFrame bad(String field, String wanted, JsonNode found) {
    String is = found.isMissingNode() ? "missing" : "of type " + found.getNodeType();
    return new BadFrame(BadFrame.Code.BAD_FIELD, field + " must be " + wanted + ", is " + is);
  }
}
