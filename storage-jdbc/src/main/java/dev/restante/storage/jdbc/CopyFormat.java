package dev.restante.storage.jdbc;

import java.nio.ByteBuffer;
import java.sql.SQLException;

/**
 * Rows in the binary format of PostgreSQL's COPY (its manual, "COPY", "Binary Format"): a header,
 * then for each row the number of its columns and each column's length and bytes.
 *
 * <p>They are handed on in pieces: a piece stays in the processor's cache until the driver has
 * copied it, and a commit of a thousand rows needs no array of their size.
 */
final class CopyFormat {
  /** Takes bytes, and has copied them when it returns. */
  interface Sink {
    void write(byte[] bytes, int length) throws SQLException;
  }

  static final int PIECE = 32 * 1024;

  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
  };

  private final Sink sink;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

  private CopyFormat(Sink sink) {
    this.sink = sink;
  }

  static void write(Columns rows, Sink sink) throws SQLException {
    CopyFormat format = new CopyFormat(sink);
    format.piece.put(SIGNATURE).putInt(0).putInt(0);
    format.rows(rows);
    format.room(Short.BYTES).putShort((short) -1);
    format.flush();
  }

  private void rows(Columns rows) throws SQLException {
    int width = rows.width();
    for (int row = 0; row < rows.count(); row++) {
      room(Short.BYTES).putShort((short) width);
      for (int i = 0; i < width; i++) {
        put(rows.column(i), row);
      }
    }
  }

  private void put(Object column, int row) throws SQLException {
    if (column instanceof long[] numbers) {
      room(Integer.BYTES + Long.BYTES).putInt(Long.BYTES).putLong(numbers[row]);
    } else if (column instanceof short[] numbers) {
      room(Integer.BYTES + Short.BYTES).putInt(Short.BYTES).putShort(numbers[row]);
    } else {
      byte[] value = ((byte[][]) column)[row];
      if (value == null) {
        room(Integer.BYTES).putInt(-1);
      } else {
        room(Integer.BYTES).putInt(value.length);
        bytes(value);
      }
    }
  }

  private void bytes(byte[] value) throws SQLException {
    if (value.length > piece.remaining()) {
      flush();
    }
    if (value.length > PIECE) {
      sink.write(value, value.length);
    } else {
      piece.put(value);
    }
  }

  private ByteBuffer room(int bytes) throws SQLException {
    if (bytes > piece.remaining()) {
      flush();
    }
    return piece;
  }

  private void flush() throws SQLException {
    sink.write(piece.array(), piece.position());
    piece.clear();
  }
}
