package dev.restante.storage.jdbc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CopyFormatTest {
  /** Values that end before, at and after the end of a piece, and are longer than one. */
  @Test
  void rowsAreWholeWhereverAPieceEnds() throws Exception {
    int[] lengths = {
      0,
      1,
      100,
      CopyFormat.PIECE - 100,
      CopyFormat.PIECE - 1,
      CopyFormat.PIECE,
      7,
      8,
      9,
      CopyFormat.PIECE + 1,
      3 * CopyFormat.PIECE,
      0,
      5
    };
    int count = 20 * lengths.length;
    long[] numbers = new long[count];
    short[] shorts = new short[count];
    byte @Nullable [][] values = new byte @Nullable [count][];
    for (int i = 0; i < count; i++) {
      numbers[i] = 31L * i - 7;
      shorts[i] = (short) -i;
      values[i] = i % 11 == 3 ? null : filled(lengths[i % lengths.length] + i / 13, (byte) i);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Integer> pieces = new ArrayList<>();
    CopyFormat.write(
        new Columns(count, numbers, values, shorts),
        (bytes, length) -> {
          pieces.add(length);
          out.write(bytes, 0, length);
        });

    DataInputStream in = new DataInputStream(new ByteArrayInputStream(out.toByteArray()));
    assertThat(in.readNBytes(11)).isEqualTo("PGCOPY\n\377\r\n\0".getBytes(ISO_8859_1));
    assertThat(in.readLong()).isZero();
    for (int i = 0; i < count; i++) {
      assertThat(in.readShort()).isEqualTo((short) 3);
      assertThat(in.readInt()).isEqualTo(8);
      assertThat(in.readLong()).isEqualTo(numbers[i]);
      assertThat(bytes(in)).isEqualTo(values[i]);
      assertThat(in.readInt()).isEqualTo(2);
      assertThat(in.readShort()).isEqualTo(shorts[i]);
    }
    assertThat(in.readShort()).isEqualTo((short) -1);
    assertThat(in.read()).isEqualTo(-1);
    assertThat(pieces).hasSizeGreaterThan(20).doesNotContain(0);
  }

  @Test
  void noRowsAreHeaderAndEnd() throws SQLException {
    List<Integer> pieces = new ArrayList<>();
    CopyFormat.write(new Columns(0, new long[0]), (bytes, length) -> pieces.add(length));
    assertThat(pieces).containsExactly(21);
  }

  private static byte[] filled(int length, byte with) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, with);
    return bytes;
  }

  private static byte @Nullable [] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : in.readNBytes(length);
  }
}
