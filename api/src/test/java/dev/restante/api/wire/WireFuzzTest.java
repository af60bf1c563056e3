package dev.restante.api.wire;

import static dev.restante.api.wire.Samples.GROUP;
import static dev.restante.api.wire.Samples.TENANT;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Bytes that nobody wrote are refused with {@link WireFormatException} and nothing else. The seed
 * is printed on failure; {@code -Drestante.fuzz.seed=} repeats it.
 */
final class WireFuzzTest {
  private static final long SEED = Long.getLong("restante.fuzz.seed", 20_260_101L);
  private static final int ROUNDS = 15_000;

  private final List<byte[]> valid = new ArrayList<>();

  WireFuzzTest() {
    // small ones only: a mutation should hit structure, not a body of zeros
    Samples.drafts().stream().map(WireCodec::encode).forEach(valid::add);
    Samples.entries().stream().map(WireCodec::encode).forEach(valid::add);
    Samples.acknowledgements().stream().map(WireCodec::encode).forEach(valid::add);
    Samples.deliveries().stream().map(WireCodec::encode).forEach(valid::add);
    valid.removeIf(bytes -> bytes.length > 4_096);
  }

  @Test
  void refusesEveryTruncation() {
    for (byte[] bytes : valid) {
      for (int length = 0; length < bytes.length; length++) {
        decodeAll("truncated", Arrays.copyOf(bytes, length));
      }
    }
  }

  @Test
  void refusesRandomBytes() {
    Random random = new Random(SEED);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      decodeAll("random", bytes);
    }
  }

  @Test
  void refusesDamagedBytes() {
    Random random = new Random(SEED);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = valid.get(random.nextInt(valid.size())).clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(bytes.length);
        bytes[at] =
            (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
      }
      decodeAll("damaged", bytes);
    }
  }

  private static void decodeAll(String how, byte[] bytes) {
    attempt(how, bytes, () -> WireCodec.decodeDraft(TENANT, bytes));
    attempt(how, bytes, () -> WireCodec.decodeEntry(TENANT, bytes).ifPresent(WireCodec::encode));
    attempt(how, bytes, () -> WireCodec.encode(WireCodec.decodeFromLog(GROUP, 1, 1, bytes)));
    attempt(how, bytes, () -> WireCodec.decodeAcknowledgement(TENANT, bytes));
    attempt(how, bytes, () -> WireCodec.decodeDelivery(TENANT, bytes).ifPresent(WireCodec::encode));
  }

  private static void attempt(String how, byte[] bytes, Runnable decode) {
    try {
      decode.run();
    } catch (WireFormatException expected) {
      // the one exception that is promised
    } catch (RuntimeException e) {
      fail("seed " + SEED + ", " + how + " " + HexFormat.of().formatHex(bytes), e);
    }
  }
}
