package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.restante.api.Draft;
import dev.restante.api.wire.WireCodec;
import java.util.SplittableRandom;

/**
 * Makes what the library's log holds for a message, byte for byte as long, at the price of a copy:
 * client id and sender are put into a payload made beforehand. For one thread.
 */
final class Messages {
  static final int CLIENT_ID_BYTES = 36;

  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  private final SplittableRandom random;
  private final byte[][] templates;
  private final byte[][] users;
  private final int clientIdOffset;
  private final int senderOffset;
  private long lastMillis;
  private int counter;

  Messages(Population population, long seed) {
    random = new SplittableRandom(seed);
    String clientId = new String(clientId(0), US_ASCII);
    String[] texts = Drafts.texts(random.split());
    templates = new byte[texts.length][];
    for (int i = 0; i < texts.length; i++) {
      templates[i] =
          WireCodec.encodeForLog(
              Draft.text(population.device(0), population.conversation(0), clientId, texts[i]));
    }
    users = new byte[population.users()][];
    for (int i = 0; i < users.length; i++) {
      users[i] = population.user(i).value().getBytes(US_ASCII);
    }
    clientIdOffset = indexOf(templates[0], clientId.getBytes(US_ASCII));
    senderOffset = indexOf(templates[0], users[0]);
  }

  SplittableRandom random() {
    return random;
  }

  /** The text of the next UUIDv7 at this time. */
  byte[] clientId(long timeMillis) {
    if (timeMillis > lastMillis) {
      lastMillis = timeMillis;
      counter = 0;
    } else if (++counter == 1 << 12) {
      lastMillis++;
      counter = 0;
    }
    long high = (lastMillis << 16) | 0x7000L | counter;
    long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    byte[] text = new byte[CLIENT_ID_BYTES];
    int at = 0;
    for (int digit = 0; digit < 32; digit++) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
        text[at++] = '-';
      }
      long half = digit < 16 ? high : low;
      text[at++] = HEX[(int) (half >>> (60 - 4 * (digit & 15))) & 15];
    }
    return text;
  }

  byte[] payload(byte[] clientId, int sender) {
    byte[] payload = templates[random.nextInt(templates.length)].clone();
    System.arraycopy(clientId, 0, payload, clientIdOffset, CLIENT_ID_BYTES);
    byte[] user = users[sender];
    System.arraycopy(user, 0, payload, senderOffset, user.length);
    return payload;
  }

  private int indexOf(byte[] whole, byte[] part) {
    int found = new String(whole, US_ASCII).indexOf(new String(part, US_ASCII));
    if (found < 0) {
      throw new IllegalStateException("the log's payload does not hold client id and sender");
    }
    return found;
  }
}
