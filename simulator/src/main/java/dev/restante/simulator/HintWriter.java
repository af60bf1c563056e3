package dev.restante.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.StreamKey;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Writes hints as {@code docs/spi/bus.md} says, for a node that does not tell the truth. */
final class HintWriter {
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();

  HintWriter(long store, long sender) {
    message.write(1);
    message.writeBytes(ByteBuffer.allocate(2 * Long.BYTES).putLong(store).putLong(sender).array());
  }

  /** Which store a message is about. */
  static long store(byte[] message) {
    return ByteBuffer.wrap(message, 1, Long.BYTES).getLong();
  }

  void add(int type, StreamKey stream, long number) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    text(body, stream.tenant());
    text(body, stream.name());
    number(body, number);
    number(message, type);
    number(message, body.size());
    message.writeBytes(body.toByteArray());
  }

  byte[] message() {
    return message.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    number(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void number(ByteArrayOutputStream out, long value) {
    long left = value;
    while (left >= 0x80) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }
}
