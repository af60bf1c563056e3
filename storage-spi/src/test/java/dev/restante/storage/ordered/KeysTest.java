package dev.restante.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.DedupKey;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Keys are told apart byte by byte and lie in the order of what they are made of. */
final class KeysTest {
  private static final List<String> TEXTS =
      List.of(
          "",
          "\0",
          "\0\0",
          "\0\1",
          "a",
          "A",
          "a\0",
          "a ",
          "a:",
          ":a",
          "a/b",
          "ab",
          "\u0001a",
          "é",
          "e\u0301",
          "\uFFFF",
          "\uD83D\uDE00",
          "ÿ",
          "a".repeat(255),
          "a".repeat(256),
          "ä".repeat(300));

  private static final long[] NUMBERS = {
    0,
    1,
    2,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    1L << 31,
    1L << 32,
    Long.MAX_VALUE - 1,
    Long.MAX_VALUE
  };

  @Test
  void namesOfStreamsAreToldApartAndComeBack() {
    Set<ByteBuffer> keys = new TreeSet<>();
    int count = 0;
    for (StreamKey.Kind kind : StreamKey.Kind.values()) {
      for (String tenant : TEXTS) {
        for (String name : TEXTS) {
          StreamKey key = new StreamKey(kind, tenant, name);
          byte[] bytes = Keys.stream(key);
          assertThat(Keys.stream(bytes)).isEqualTo(key);
          keys.add(ByteBuffer.wrap(bytes));
          count++;
        }
      }
    }
    assertThat(keys).hasSize(count);
  }

  @Test
  void submitsAreToldApart() {
    Set<ByteBuffer> keys = new TreeSet<>();
    int count = 0;
    StreamKey log = StreamKey.log("t", "c");
    for (String sender : TEXTS) {
      for (String clientId : TEXTS) {
        for (long number : NUMBERS) {
          keys.add(ByteBuffer.wrap(Keys.dedup(new DedupKey(log, sender, clientId), number)));
          count++;
        }
      }
    }
    assertThat(keys).hasSize(count);
  }

  @Test
  void recordsAreToldApartAndTheirIdsComeBack() {
    Set<ByteBuffer> keys = new TreeSet<>();
    int count = 0;
    for (long partition : NUMBERS) {
      for (String space : List.of("a", "aa", "ab", "device", "devices")) {
        for (String id : TEXTS) {
          byte[] key = Keys.record(partition, space, id);
          assertThat(Keys.recordId(key, space.length())).isEqualTo(id);
          keys.add(ByteBuffer.wrap(key));
          count++;
        }
      }
    }
    assertThat(keys).hasSize(count);
  }

  @Test
  void rowsLieInTheOrderOfStreamsAndNumbers() {
    List<byte[]> keys = new ArrayList<>();
    for (long stream : NUMBERS) {
      for (long number : NUMBERS) {
        keys.add(Keys.row(stream, number));
      }
      if (stream < Long.MAX_VALUE) {
        keys.add(Keys.after(Keys.number(stream)));
      }
    }
    assertThat(keys).isSortedAccordingTo(Arrays::compareUnsigned);
  }

  @Test
  void expiriesLieInTheOrderOfTime() {
    List<byte[]> keys = new ArrayList<>();
    for (long moment : new long[] {Long.MIN_VALUE, -2, -1, 0, 1, 255, 256, Long.MAX_VALUE - 1}) {
      byte[] key = Keys.expiry(moment, new byte[] {1, 2});
      assertThat(Keys.expiresAtMillis(key)).isEqualTo(moment);
      assertThat(Keys.expired(key)).containsExactly(1, 2);
      keys.add(Keys.expiry(moment));
      keys.add(key);
    }
    assertThat(keys).isSortedAccordingTo(Arrays::compareUnsigned);
  }

  @Test
  void nothingLiesBetweenAPrefixAndWhatComesAfterIt() {
    byte[] prefix = {1, (byte) 0xFF, (byte) 0xFF};
    assertThat(Keys.after(prefix)).containsExactly(2, 0, 0);
    assertThat(Arrays.compareUnsigned(new byte[] {1, -1, -1, -1, -1}, Keys.after(prefix)))
        .isNegative();
  }

  @Test
  void whatHasNoBytesOfItsOwnIsUnfit() {
    for (String text : List.of("\uD800", "a\uDC00", "\uD800\uD800\uDC00", "a".repeat(70_000))) {
      assertThatExceptionOfType(Bytes.Unfit.class).isThrownBy(() -> Bytes.of(text));
    }
  }
}
