package dev.restante.storage.jdbc;

import java.nio.ByteBuffer;

/**
 * Rows in the binary format of PostgreSQL's COPY (its manual, "COPY", "Binary Format"): a header,
 * then for each row the number of its columns and each column's length and bytes.
 */
final class CopyFormat {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
  };
  private static final int HEADER = SIGNATURE.length + 2 * Integer.BYTES;

  private CopyFormat() {}

  static byte[] encode(Columns rows) {
    int width = rows.width();
    ByteBuffer out = ByteBuffer.allocate(size(rows));
    out.put(SIGNATURE).putInt(0).putInt(0);
    for (int row = 0; row < rows.count(); row++) {
      out.putShort((short) width);
      for (int i = 0; i < width; i++) {
        put(out, rows.column(i), row);
      }
    }
    return out.putShort((short) -1).array();
  }

  private static int size(Columns rows) {
    long size = HEADER + Short.BYTES + (long) rows.count() * Short.BYTES;
    for (int i = 0; i < rows.width(); i++) {
      size += (long) rows.count() * Integer.BYTES + size(rows.column(i));
    }
    return Math.toIntExact(size);
  }

  private static long size(Object column) {
    if (column instanceof long[] numbers) {
      return (long) numbers.length * Long.BYTES;
    }
    if (column instanceof short[] numbers) {
      return (long) numbers.length * Short.BYTES;
    }
    long size = 0;
    for (byte[] value : (byte[][]) column) {
      size += value == null ? 0 : value.length;
    }
    return size;
  }

  private static void put(ByteBuffer out, Object column, int row) {
    if (column instanceof long[] numbers) {
      out.putInt(Long.BYTES).putLong(numbers[row]);
    } else if (column instanceof short[] numbers) {
      out.putInt(Short.BYTES).putShort(numbers[row]);
    } else {
      byte[] value = ((byte[][]) column)[row];
      if (value == null) {
        out.putInt(-1);
      } else {
        out.putInt(value.length).put(value);
      }
    }
  }
}
