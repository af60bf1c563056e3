package dev.restante.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.api.ConversationId;
import dev.restante.api.InvalidValueException;
import dev.restante.api.UserId;
import dev.restante.storage.StreamKey;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Hints as bytes; {@code docs/spi/bus.md} has the format. A later version appends fields to a hint,
 * which this one passes over, and adds types of hint, which this one passes over too. What cannot
 * be read at all is nothing worse than a message that was lost.
 */
final class HintCodec {
  /** A head above this is no head; room is left so that numbers after it do not run over. */
  static final long MOST_HEAD = 1L << 62;

  /** No node sends more at once, in bytes; what is longer is not read. */
  static final int MOST_BYTES = 16 * 1024;

  private static final byte FORMAT = 1;
  private static final int LOG = 1;
  private static final int INBOX = 2;
  private static final int DEVICES = 3;
  private static final int SESSIONS = 4;
  private static final int HEADER_BYTES = 1 + 2 * Long.BYTES;

  /** Type, length, and the lengths of two texts. */
  private static final int MOST_FRAME_BYTES = 8;

  private static final int MOST_NUMBER_BYTES = 9;

  private HintCodec() {}

  /**
   * Whose message it is.
   *
   * @param store the {@link CursorSeal#fingerprint} of the store that the sender is on
   * @param sender the node that sent it
   */
  record Origin(long store, long sender) {}

  /** Puts a message together. */
  static final class Writer {
    private final ByteBuffer out;
    private int count;

    Writer(Origin origin, int maxBytes) {
      out = ByteBuffer.allocate(maxBytes);
      out.put(FORMAT).putLong(origin.store).putLong(origin.sender);
    }

    /** Adds that a stream has a head, or returns that there is no room. */
    boolean head(StreamKey stream, long head) {
      return add(stream.kind() == StreamKey.Kind.LOG ? LOG : INBOX, stream, head);
    }

    /** Adds that a user's devices changed, or returns that there is no room. */
    boolean devices(UserId user) {
      return add(DEVICES, Keys.inbox(user), 0);
    }

    /**
     * Adds for whom the sender has sessions. Comes first, while there is room; it is not counted.
     */
    void sessions(Collection<UserId> users) {
      Awaited awaited = Awaited.of(users, out.remaining() - MOST_FRAME_BYTES);
      byte[] bits = awaited.bytes();
      number(SESSIONS);
      number(bytes(bits.length) + bits.length);
      number(bits.length);
      out.put(bits);
    }

    private boolean add(int type, StreamKey stream, long number) {
      byte[] tenant = stream.tenant().getBytes(UTF_8);
      byte[] name = stream.name().getBytes(UTF_8);
      int most = MOST_FRAME_BYTES + tenant.length + name.length + MOST_NUMBER_BYTES;
      if (out.remaining() < most) {
        return false;
      }
      int length =
          bytes(tenant.length) + tenant.length + bytes(name.length) + name.length + bytes(number);
      number(type);
      number(length);
      number(tenant.length);
      out.put(tenant);
      number(name.length);
      out.put(name);
      number(number);
      count++;
      return true;
    }

    private static int bytes(long number) {
      return Math.max(1, (63 - Long.numberOfLeadingZeros(number) + 7) / 7);
    }

    private void number(long value) {
      long left = value;
      while (left >= 0x80) {
        out.put((byte) (left | 0x80));
        left >>>= 7;
      }
      out.put((byte) left);
    }

    int count() {
      return count;
    }

    byte[] message() {
      byte[] message = new byte[out.position()];
      out.flip().get(message);
      return message;
    }
  }

  /** Where a message comes from; nothing if it is none. */
  static Optional<Origin> origin(byte[] message) {
    if (message.length < HEADER_BYTES || message.length > MOST_BYTES || message[0] != FORMAT) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(message, 1, 2 * Long.BYTES);
    return Optional.of(new Origin(header.getLong(), header.getLong()));
  }

  /** The hints in a message that has an origin; nothing if they cannot be read. */
  static Optional<List<Hint>> hints(byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message, HEADER_BYTES, message.length - HEADER_BYTES);
    List<Hint> hints = new ArrayList<>();
    try {
      while (in.hasRemaining()) {
        long type = number(in);
        ByteBuffer body = part(in);
        if (type == LOG || type == INBOX || type == DEVICES) {
          hints.add(hint((int) type, body));
        } else if (type == SESSIONS) {
          hints.add(sessions(body));
        }
      }
    } catch (BufferUnderflowException | InvalidValueException malformed) {
      return Optional.empty();
    }
    return Optional.of(hints);
  }

  private static Hint hint(int type, ByteBuffer body) {
    String tenant = text(body);
    String name = text(body);
    long head = number(body);
    return switch (type) {
      case LOG -> new Hint.LogHead(ConversationId.ofKey(tenant, name), checked(head));
      case INBOX -> new Hint.InboxHead(new UserId(tenant, name), checked(head));
      default -> new Hint.Devices(new UserId(tenant, name));
    };
  }

  private static Hint sessions(ByteBuffer body) {
    ByteBuffer part = part(body);
    byte[] bits = new byte[part.remaining()];
    part.get(bits);
    if (!Awaited.isLength(bits.length)) {
      throw new InvalidValueException("no filter: " + bits.length + " bytes");
    }
    return new Hint.Sessions(Awaited.of(bits));
  }

  private static long checked(long head) {
    if (head < 1 || head > MOST_HEAD) {
      throw new InvalidValueException("no head: " + head);
    }
    return head;
  }

  private static String text(ByteBuffer in) {
    ByteBuffer text = part(in);
    return UTF_8.decode(text).toString();
  }

  private static ByteBuffer part(ByteBuffer in) {
    long length = number(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer part = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return part;
  }

  private static long number(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new InvalidValueException("a number of more than 63 bits");
  }
}
