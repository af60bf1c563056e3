package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/** Rows by binary COPY, one for each table, in one transaction. */
final class PostgresCopyWriter implements RowWriter {
  private final Connection connection;
  private final CopyManager copies;
  private final RowShape shape;
  private final Table log;
  private final Table inbox;
  private final Table dedup;

  PostgresCopyWriter(Connection connection, String prefix, RowShape shape) throws SQLException {
    this.connection = connection;
    this.shape = shape;
    connection.setAutoCommit(false);
    copies = connection.unwrap(PGConnection.class).getCopyAPI();
    log = new Table(prefix + "log (stream_id, seq, ordinal, time_millis, format, payload)");
    inbox = new Table(prefix + "inbox (stream_id, position, log_id, seq, type, format)");
    dedup =
        new Table(
            prefix + "dedup (client_id, sender_id, log_id, hash, seq, time_millis, expires_at)");
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    log.row(6);
    log.int8(stream);
    log.int8(seq);
    log.int8(seq);
    log.int8(timeMillis);
    log.int2(shape.logFormat());
    log.bytes(payload);
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
    inbox.row(6);
    inbox.int8(stream);
    inbox.int8(position);
    inbox.int8(logStream);
    inbox.int8(seq);
    inbox.int2(shape.inboxType());
    inbox.int2(shape.inboxFormat());
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    dedup.row(7);
    dedup.bytes(RowShape.stored(clientId));
    dedup.int8(sender);
    dedup.int8(logStream);
    dedup.int8(clientId[35] * 0x9E3779B97F4A7C15L);
    dedup.int8(seq);
    dedup.int8(timeMillis);
    dedup.int8(timeMillis + RowShape.WINDOW_MILLIS);
  }

  @Override
  public void commit() throws SQLException {
    dedup.send(copies);
    log.send(copies);
    inbox.send(copies);
    connection.commit();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** Rows of one table in the binary format of COPY. */
  private static final class Table {
    private static final byte[] SIGNATURE = "PGCOPY\n\377\r\n\0".getBytes(ISO_8859_1);
    private static final int HEADER_BYTES = 19;

    private final String sql;
    private ByteBuffer rows = ByteBuffer.allocate(1 << 16);

    Table(String target) {
      sql = "COPY " + target + " FROM STDIN (FORMAT binary)";
      begin();
    }

    private void begin() {
      rows.clear();
      rows.put(SIGNATURE).putInt(0).putInt(0);
    }

    void row(int columns) {
      if (rows.remaining() < 1024) {
        grow(1024);
      }
      rows.putShort((short) columns);
    }

    void int8(long value) {
      rows.putInt(8).putLong(value);
    }

    void int2(int value) {
      rows.putInt(2).putShort((short) value);
    }

    void bytes(byte[] value) {
      if (rows.remaining() < value.length + 1024) {
        grow(value.length + 1024);
      }
      rows.putInt(value.length).put(value);
    }

    private void grow(int atLeast) {
      byte[] larger = Arrays.copyOf(rows.array(), rows.capacity() * 2 + atLeast);
      rows = ByteBuffer.wrap(larger).position(rows.position());
    }

    void send(CopyManager copies) throws SQLException {
      if (rows.position() == HEADER_BYTES) {
        return;
      }
      rows.putShort((short) -1);
      CopyIn copy = copies.copyIn(sql);
      copy.writeToCopy(rows.array(), 0, rows.position());
      copy.endCopy();
      begin();
    }
  }
}
