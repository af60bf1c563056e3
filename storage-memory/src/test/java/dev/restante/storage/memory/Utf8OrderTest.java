package dev.restante.storage.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class Utf8OrderTest {
  @Test
  void isTheOrderOfUnsignedBytes() {
    List<String> samples =
        List.of("", "\0", "a", "aa", "A", "\u007f", "\u00e9", "e\u0301", "\ud7ff", "\ue000")
            .stream()
            .flatMap(
                s -> List.of(s, s + "\uffff", s + "\ud83d\ude00", s + "\ud83d\ude01z").stream())
            .toList();
    for (String left : samples) {
      for (String right : samples) {
        int bytes = Arrays.compareUnsigned(left.getBytes(UTF_8), right.getBytes(UTF_8));
        assertThat(Integer.signum(Utf8Order.INSTANCE.compare(left, right)))
            .isEqualTo(Integer.signum(bytes));
      }
    }
  }
}
