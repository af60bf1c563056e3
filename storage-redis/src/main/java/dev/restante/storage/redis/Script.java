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
  COMMIT(ScriptOutputType.INTEGER, true),
  HEADS(ScriptOutputType.MULTI, false),
  READ_LOG(ScriptOutputType.MULTI, false),
  READ_INBOX(ScriptOutputType.MULTI, false),
  LOOKUP(ScriptOutputType.MULTI, false),
  SUBMITS(ScriptOutputType.MULTI, false),
  LIST(ScriptOutputType.MULTI, false),
  TRIM(ScriptOutputType.MULTI, true),
  SWEEP(ScriptOutputType.MULTI, true),
  PROBE(ScriptOutputType.INTEGER, false);

  private final ScriptOutputType answer;
  private final boolean writes;
  private final String text;
  private final String digest;

  Script(ScriptOutputType answer, boolean writes) {
    this.answer = answer;
    this.writes = writes;
    this.text = load(name().toLowerCase(Locale.ROOT));
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

  /** Flags come in the first line; what the scripts have in common comes behind it. */
  private static String load(String name) {
    String own = resource(name);
    int line = own.indexOf('\n') + 1;
    return own.substring(0, line) + resource("common") + own.substring(line);
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
