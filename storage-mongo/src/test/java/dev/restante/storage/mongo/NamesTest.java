package dev.restante.storage.mongo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.cells.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ids are printable, keep the order of bytes, and give the names back whole. */
final class NamesTest {
  private static final List<String> TEXTS =
      List.of(
          "",
          "a",
          "A",
          "a!",
          "!",
          "a b",
          " ",
          "~",
          "}",
          "|",
          "\"",
          "a\0b",
          "\0",
          "a.b",
          "$a",
          "a/b",
          "k",
          "\u00e9",
          "e\u0301",
          "ß",
          "張偉",
          "\ud83d\ude00",
          "\uffff",
          "\ue000",
          "\u007f",
          "\u0080");

  @Test
  void aNameComesBackWhole() {
    for (String text : TEXTS) {
      assertThat(Names.text(Names.encoded(text))).isEqualTo(text);
      assertThat(Names.encoded(text)).matches("[ \"-~]*");
    }
  }

  @Test
  void theOrderIsThatOfTheBytes() {
    List<String> texts = new ArrayList<>(TEXTS);
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 500; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(4); k >= 0; k--) {
        int point = random.nextInt(0x110000);
        text.appendCodePoint(
            Character.isValidCodePoint(point) && !isSurrogate(point) ? point : 'x');
      }
      texts.add(text.toString());
    }
    for (String one : texts) {
      for (String other : texts) {
        int bytes = Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8));
        int ids = Names.encoded(one).compareTo(Names.encoded(other));
        assertThat(Integer.signum(ids)).as(one + " and " + other).isEqualTo(Integer.signum(bytes));
      }
    }
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }

  @Test
  void halfASurrogatePairIsAnotherNameThanAnyOther() {
    Set<String> ids = new HashSet<>();
    for (String text : List.of("?", "\ufffd", "\ud83d", "\ude00", "\ud83d\ude00")) {
      assertThat(ids.add(Names.encoded(text))).isTrue();
      assertThat(Names.text(Names.encoded(text))).isEqualTo(text);
    }
  }

  @Test
  void differentThingsHaveDifferentIds() {
    Set<String> ids = new HashSet<>();
    for (String one : TEXTS) {
      for (String other : TEXTS) {
        StreamKey log = StreamKey.log(one, other);
        RecordKey record = new RecordKey(log, "space", one);
        assertThat(Names.streamOf(Names.stream(log))).isEqualTo(log);
        assertThat(Names.cellOf(Names.cell(log))).isEqualTo(Cell.of(log));
        assertThat(Names.cellOf(Names.cell(record))).isEqualTo(Cell.of(record));
        assertThat(Names.cell(Cell.of(record))).isEqualTo(Names.cell(record));
        assertThat(ids.add(Names.cell(log))).isTrue();
        assertThat(ids.add(Names.cell(record))).isTrue();
        assertThat(ids.add(Names.cell(StreamKey.inbox(one, other)))).isTrue();
        assertThat(ids.add(Names.dedup(new DedupKey(LOG, one, other)))).isTrue();
        assertThat(ids.add(Names.dedup(new DedupKey(log, "s", "c")))).isTrue();
        assertThat(ids.add(Names.keyed(Names.stream(log), one))).isTrue();
        assertThat(ids.add(Names.row(Names.stream(log), 7))).isTrue();
      }
    }
  }

  private static final StreamKey LOG = StreamKey.log("tenant", "log");

  @Test
  void rowsAreInTheOrderOfTheirNumbers() {
    List<Long> numbers = List.of(0L, 1L, 9L, 10L, 99L, 1L << 53, Long.MAX_VALUE);
    List<String> ids = numbers.stream().map(number -> Names.row("s", number)).toList();
    assertThat(ids).isSorted();
    assertThat(ids).allMatch(id -> id.length() == ids.get(0).length());
  }

  @Test
  void aRangeEndsBehindItsPrefix() {
    String prefix = Names.records(LOG, "space");
    assertThat(Names.after(prefix)).isGreaterThan(prefix + Names.encoded("\udbff\udfff"));
    assertThat(Names.after(prefix)).isLessThan(Names.records(LOG, "spacf"));
    assertThat(Names.after(prefix)).isLessThan(Names.records(LOG, "spaces"));
  }
}
