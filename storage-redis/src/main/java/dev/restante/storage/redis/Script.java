package dev.restante.storage.redis;

import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The scripts: their text, and the digest that Redis knows it by. */
enum Script {
  COMMIT(ScriptOutputType.INTEGER, true, "content"),
  CLAIM(ScriptOutputType.INTEGER, false),
  HEADS(ScriptOutputType.MULTI, false),
  READ_LOG(ScriptOutputType.MULTI, false),
  READ_INBOX(ScriptOutputType.MULTI, false),
  ROWS(ScriptOutputType.MULTI, false),
  LOOKUP(ScriptOutputType.MULTI, false),
  SUBMITS(ScriptOutputType.MULTI, false),
  LIST(ScriptOutputType.MULTI, false),
  TRIM(ScriptOutputType.MULTI, true),
  SWEEP(ScriptOutputType.MULTI, true),
  WALK(ScriptOutputType.MULTI, false),
  WALK_RECORDS(ScriptOutputType.MULTI, false),
  DUE(ScriptOutputType.INTEGER, false),
  PROBE(ScriptOutputType.INTEGER, false),

  APPLY(ScriptOutputType.MULTI, true, "content", "cell"),
  TAKE(ScriptOutputType.MULTI, true, "content", "cell"),
  TAKE_ROWS(ScriptOutputType.MULTI, true),
  GUARD(ScriptOutputType.MULTI, false),
  SETTLE(ScriptOutputType.INTEGER, true, "content", "cell"),
  SETTLE_ROWS(ScriptOutputType.MULTI, true),
  BEGIN(ScriptOutputType.INTEGER, true),
  DECIDE(ScriptOutputType.VALUE, true),
  FORGET(ScriptOutputType.INTEGER, true),
  UNFINISHED(ScriptOutputType.MULTI, false),

  WATCHED_HEADS(HEADS, Cell.WATCHED),
  WATCHED_READ_LOG(READ_LOG, Cell.WATCHED),
  WATCHED_READ_INBOX(READ_INBOX, Cell.WATCHED),
  WATCHED_ROWS(ROWS, Cell.WATCHED),
  WATCHED_LOOKUP(LOOKUP, Cell.WATCHED),
  WATCHED_SUBMITS(SUBMITS, Cell.WATCHED),
  WATCHED_LIST(LIST, Cell.WATCHED),
  FREE_TRIM(TRIM, Cell.FREE);

  /** How a script heeds the intent in its cell, whose key is handed to it behind all others. */
  private enum Cell {
    /** Says whose intent is there, and what the script returns. */
    WATCHED("return {taken, body(keys, ARGV)}"),
    /** Does nothing if one is there. */
    FREE("return {taken, not taken and body(keys, ARGV)}");

    private final String end;

    Cell(String end) {
      this.end = end;
    }

    /** In the body, keys and arguments are those that it is called with. */
    String around(String body) {
      return """
      local function body(KEYS, ARGV)
      %s
      end
      local keys = {unpack(KEYS, 1, #KEYS - 1)}
      local taken = redis.call('LINDEX', KEYS[#KEYS], -1)
      %s
      """
          .formatted(body, end);
    }
  }

  private final ScriptOutputType answer;
  private final boolean writes;
  private final String text;
  private final String digest;

  Script(ScriptOutputType answer, boolean writes, String... included) {
    this.answer = answer;
    this.writes = writes;
    String own = resource(name().toLowerCase(Locale.ROOT));
    int line = own.indexOf('\n') + 1;
    this.text = own.substring(0, line) + common(included) + own.substring(line);
    this.digest = sha1(text);
  }

  Script(Script plain, Cell cell) {
    this.answer = ScriptOutputType.MULTI;
    this.writes = plain.writes;
    String own = resource(plain.name().toLowerCase(Locale.ROOT));
    int line = own.indexOf('\n') + 1;
    this.text = own.substring(0, line) + common() + cell.around(own.substring(line));
    this.digest = sha1(text);
  }

  ScriptOutputType answer() {
    return answer;
  }

  /** Whether a call of which nobody knows how it ended may have changed something. */
  boolean writes() {
    return writes;
  }

  String text() {
    return text;
  }

  String digest() {
    return digest;
  }

  /**
   * The same for a cell of Redis Cluster: it is handed the key of the cell's intent behind all
   * other keys, and says whose intent is there and then what it says otherwise.
   */
  Script ofCell() {
    return switch (this) {
      case HEADS -> WATCHED_HEADS;
      case READ_LOG -> WATCHED_READ_LOG;
      case READ_INBOX -> WATCHED_READ_INBOX;
      case ROWS -> WATCHED_ROWS;
      case LOOKUP -> WATCHED_LOOKUP;
      case SUBMITS -> WATCHED_SUBMITS;
      case LIST -> WATCHED_LIST;
      case TRIM -> FREE_TRIM;
      default -> throw new IllegalArgumentException(this + " knows no intents");
    };
  }

  /** Flags come in the first line; what scripts have in common comes behind it. */
  private static String common(String... included) {
    StringBuilder all = new StringBuilder(resource("common"));
    for (String name : included) {
      all.append(resource(name));
    }
    return all.toString();
  }

  private static String resource(String name) {
    try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
      if (in == null) {
        throw new IllegalStateException("The script " + name + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-1", e);
    }
  }
}
