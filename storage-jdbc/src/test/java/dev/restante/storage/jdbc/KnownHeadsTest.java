package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.StreamHead;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O6")
class KnownHeadsTest {
  private final KnownHeads heads = new KnownHeads(20);

  private static StreamHead at(long head) {
    return new StreamHead(head, 0, 0, 0);
  }

  private @Nullable StreamHead of(long stream) {
    return heads.of(new long[] {stream})[0];
  }

  @Test
  void whatIsAskedForStaysWhileOthersComeAndGo() {
    heads.put(500, at(7));
    for (int i = 1; i < 100; i++) {
      heads.put(i, at(i));
      assertThat(of(500)).isEqualTo(at(7));
    }
    assertThat(of(1)).isNull();
    assertThat(of(99)).isEqualTo(at(99));
  }

  @Test
  void noMoreAreKeptThanThereIsRoomFor() {
    for (int i = 1; i <= 1000; i++) {
      heads.put(i, at(i));
    }
    long kept = 0;
    for (int i = 1; i <= 1000; i++) {
      kept += of(i) == null ? 0 : 1;
    }
    assertThat(kept).isBetween(1L, 20L);
  }

  @Test
  void theNewestIsKnownWhereverTheOldOneWas() {
    heads.put(500, at(1));
    for (int i = 1; i < 15; i++) {
      heads.put(i, at(i));
    }
    heads.putAll(note(500, 2, 3, 4));
    assertThat(of(500)).isEqualTo(new StreamHead(2, 3, 4, 0));
  }

  @Test
  void whatIsForgottenIsGoneFromBothHalves() {
    for (int i = 1; i < 15; i++) {
      heads.put(i, at(i));
    }
    assertThat(of(2)).isEqualTo(at(2));
    heads.forget(new long[] {2, 14, 999});
    assertThat(of(2)).isNull();
    assertThat(of(14)).isNull();
    heads.forgetAll();
    for (int i = 1; i < 15; i++) {
      assertThat(of(i)).isNull();
    }
  }

  private static Moved note(long... fields) {
    ByteBuffer bytes = ByteBuffer.allocate(fields.length * Long.BYTES);
    bytes.asLongBuffer().put(fields);
    return Moved.decode(bytes.array());
  }

  /** Against a map that remembers everything, and what was put or asked for last. */
  @Test
  void whatIsKnownIsWhatWasPutLast() {
    SplittableRandom random = new SplittableRandom(7);
    int half = 200;
    KnownHeads many = new KnownHeads(2L * half);
    Map<Long, StreamHead> all = new HashMap<>();
    Map<Long, Boolean> lately = new LinkedHashMap<>();
    for (int i = 0; i < 20_000; i++) {
      // Some far apart, most in a row, as numbers of streams are.
      long stream = random.nextInt(8) == 0 ? random.nextLong() | 1 : 1 + random.nextInt(300);
      StreamHead known = many.of(new long[] {stream})[0];
      if (known == null) {
        assertThat(lately.get(stream)).isNotEqualTo(true);
      } else {
        assertThat(known).isEqualTo(all.get(stream));
        use(lately, stream, half);
      }
      if (random.nextInt(10) == 0) {
        many.forget(new long[] {stream});
        all.remove(stream);
        // It keeps its place among those that there is room for.
        lately.computeIfPresent(stream, (key, isKnown) -> false);
      } else if (known == null || random.nextBoolean()) {
        StreamHead head = new StreamHead(i, random.nextInt(9), random.nextInt(9), 0);
        many.put(stream, head);
        all.put(stream, head);
        use(lately, stream, half);
      }
    }
    assertThat(lately).hasSize(half);
  }

  private static void use(Map<Long, Boolean> lately, long stream, int most) {
    lately.remove(stream);
    lately.put(stream, true);
    if (lately.size() > most) {
      lately.remove(lately.keySet().iterator().next());
    }
  }
}
