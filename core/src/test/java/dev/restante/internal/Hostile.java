package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.UserId;
import dev.restante.storage.StreamKey;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages that no honest node of this version sends. */
public final class Hostile {
  /** The greatest head that is read. */
  public static final long MOST_HEAD = HintCodec.MOST_HEAD;

  private static final long NOBODY = 4711;
  private static final int HEADER_BYTES = 1 + 2 * Long.BYTES;

  private final HintCodec.Origin origin;

  /**
   * @param heard a message of a node on the store that is lied about
   */
  public Hostile(byte[] heard) {
    this(HintCodec.origin(heard).orElseThrow().store());
  }

  Hostile(long store) {
    origin = new HintCodec.Origin(store, NOBODY);
  }

  /** A lie about the log, one about each inbox, and one about all of them and the devices. */
  public List<byte[]> heads(ConversationId conversation, List<UserId> users, long head) {
    List<byte[]> lies = new ArrayList<>();
    HintCodec.Writer all = new HintCodec.Writer(origin, 2_048);
    List<StreamKey> streams = new ArrayList<>();
    streams.add(Keys.log(conversation));
    users.forEach(user -> streams.add(Keys.inbox(user)));
    for (StreamKey stream : streams) {
      HintCodec.Writer one = new HintCodec.Writer(origin, 2_048);
      one.head(stream, head);
      lies.add(one.message());
      all.head(stream, head);
    }
    users.forEach(all::devices);
    lies.add(all.message());
    return lies;
  }

  /** A message that says no more than that somebody is there. */
  public byte[] nothing() {
    return new HintCodec.Writer(origin, 2_048).message();
  }

  /** Bytes that are no message. */
  public List<byte[]> garbage() {
    List<byte[]> garbage = new ArrayList<>();
    HintCodec.Writer good = new HintCodec.Writer(origin, 2_048);
    good.head(StreamKey.inbox("default", "alice"), 5);
    byte[] whole = good.message();
    garbage.add(new byte[0]);
    garbage.add(new byte[] {1});
    for (int cut = 1; cut < whole.length; cut++) {
      // What ends after the header is a message without hints.
      if (cut != HEADER_BYTES) {
        garbage.add(Arrays.copyOf(whole, cut));
      }
    }
    byte[] later = whole.clone();
    later[0] = 2;
    garbage.add(later);
    garbage.add(hint(1, "default", "neither direct nor group", 5));
    garbage.add(hint(1, "default", "d9:ab", 5));
    garbage.add(hint(2, "", "alice", 5));
    garbage.add(hint(2, "default", "", 5));
    garbage.add(hint(2, "default", "x".repeat(256), 5));
    garbage.add(hint(2, "default", "alice", 0));
    garbage.add(hint(2, "default", "alice", MOST_HEAD + 1));
    garbage.add(hint(2, "default", "alice", Long.MAX_VALUE));
    garbage.add(hint(2, "default", "alice", -1));
    garbage.add(Arrays.copyOf(whole, HintCodec.MOST_BYTES + 1));
    byte[] noise = new byte[500];
    new Random(1).nextBytes(noise);
    noise[0] = 0;
    garbage.add(noise);
    return garbage;
  }

  /** A hint about an inbox with another field at its end, between hints of an unknown type. */
  public byte[] withUnknownParts(UserId user, long head) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] plain = hint(2, user.tenant(), user.value(), head);
    out.write(plain, 0, HEADER_BYTES);
    out.writeBytes(new byte[] {99, 3, 1, 2, 3});
    byte[] body = Arrays.copyOfRange(plain, HEADER_BYTES + 2, plain.length);
    out.write(2);
    out.write(body.length + 2);
    out.writeBytes(body);
    out.writeBytes(new byte[] {42, 42});
    out.writeBytes(new byte[] {100, 0});
    return out.toByteArray();
  }

  private byte[] hint(int type, String tenant, String name, long head) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String text : new String[] {tenant, name}) {
      number(body, text.length());
      body.writeBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    number(body, head);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new HintCodec.Writer(origin, 2_048).message());
    number(out, type);
    number(out, body.size());
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }

  private static void number(ByteArrayOutputStream out, long value) {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }
}
