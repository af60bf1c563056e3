package dev.restante.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Draft;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes that are told beforehand are those that are written. */
final class WireWriterTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 127, 128, 16_383, 16_384, Integer.MAX_VALUE, Long.MAX_VALUE})
  void sizeOfNumbers(long value) {
    for (int field : new int[] {1, 15, 16, 2_047, 2_048}) {
      assertThat(WireWriter.sizeOfNumber(field, value))
          .isEqualTo(new WireWriter(0).number(field, value).size());
      assertThat(WireWriter.sizeOfSigned(field, value))
          .isEqualTo(new WireWriter(0).signed(field, value).size());
      assertThat(WireWriter.sizeOfSigned(field, -value - 1))
          .isEqualTo(new WireWriter(0).signed(field, -value - 1).size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\0", "\u007f", "\u0080", "\u07ff", "\u0800", "\uffff", "a😀é漢"})
  void sizeOfTexts(String value) {
    for (String text : new String[] {value, value.repeat(200)}) {
      assertThat(WireWriter.sizeOfText(3, text)).isEqualTo(new WireWriter(0).text(3, text).size());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.restante.api.wire.Samples#drafts")
  void sizeOfDrafts(Draft draft) {
    int type = new WireWriter(0).number(1, 1).size();
    assertThat(WireCodec.sizeOf(draft) + type).isEqualTo(WireCodec.encodeForLog(draft).length);
  }
}
