package dev.restante.storage.jdbc;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.WalkPage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One page of everything: of one table, in the order of its key. The place where a page ended is
 * that key, so a walk goes on wherever rows came or went. Immutable.
 */
final class Walk {
  private static final char STREAMS = 's';
  private static final char DEDUPS = 'd';
  private static final char RECORDS = 'r';
  private static final byte[] NOTHING = {};
  private static final HexFormat HEX = HexFormat.of();

  private final char table;

  /** The key of the last row, as far as there was one: of the table's columns in their order. */
  private final String[] after;

  private final int limit;

  private Walk(char table, String[] after, int limit) {
    this.table = table;
    this.after = after;
    this.limit = limit;
  }

  static Walk from(String from, int limit) {
    if (from.isEmpty()) {
      return new Walk(STREAMS, new String[0], limit);
    }
    String[] parts = from.split(":", -1);
    char table = from.charAt(0);
    int columns = table == STREAMS ? 1 : 3;
    boolean begins = parts.length == 1;
    if (parts[0].length() != 1
        || "sdr".indexOf(table) < 0
        || (!begins && parts.length != 1 + columns)) {
      throw new IllegalArgumentException("No page ended at " + from);
    }
    String[] after = new String[parts.length - 1];
    System.arraycopy(parts, 1, after, 0, after.length);
    return new Walk(table, after, limit);
  }

  WalkPage page(Session session, Dialect dialect) throws SQLException {
    return switch (table) {
      case STREAMS -> streams(session, dialect);
      case DEDUPS -> dedups(session, dialect);
      default -> records(session, dialect);
    };
  }

  private boolean begins() {
    return after.length == 0;
  }

  private long number(int column) {
    return begins() ? Long.MIN_VALUE : Long.parseLong(after[column]);
  }

  private byte[] bytes(int column) {
    return begins() ? NOTHING : HEX.parseHex(after[column]);
  }

  private String next(int found, String last, char behind) {
    if (found == limit) {
      return table + ":" + last;
    }
    return behind == STREAMS ? "" : String.valueOf(behind);
  }

  private WalkPage streams(Session session, Dialect dialect) throws SQLException {
    List<StreamKey> found = new ArrayList<>();
    String[] last = {""};
    int count =
        dialect.query(
            session,
            Op.WALK_STREAMS,
            statement -> {
              statement.setLong(1, number(0));
              statement.setInt(2, limit);
            },
            result -> {
              int rows = 0;
              while (result.next()) {
                StreamKey key = stream(result, 2);
                if (key.kind() != Kind.STORE) {
                  found.add(key);
                }
                last[0] = Long.toString(result.getLong(1));
                rows++;
              }
              return rows;
            });
    return new WalkPage(found, List.of(), List.of(), next(count, last[0], DEDUPS));
  }

  private WalkPage dedups(Session session, Dialect dialect) throws SQLException {
    List<DedupKey> found = new ArrayList<>();
    String[] last = {""};
    int count =
        dialect.query(
            session,
            Op.WALK_DEDUPS,
            statement -> {
              statement.setBytes(1, bytes(0));
              statement.setBytes(2, bytes(0));
              statement.setLong(3, number(1));
              statement.setLong(4, number(2));
              statement.setInt(5, limit);
            },
            result -> {
              while (result.next()) {
                byte[] clientId = result.getBytes(1);
                found.add(
                    new DedupKey(
                        stream(result, 5),
                        Utf8.decode(result.getBytes(4)),
                        ClientIdBytes.decode(clientId)));
                last[0] =
                    "%s:%d:%d"
                        .formatted(HEX.formatHex(clientId), result.getLong(2), result.getLong(3));
              }
              return found.size();
            });
    return new WalkPage(List.of(), found, List.of(), next(count, last[0], RECORDS));
  }

  private WalkPage records(Session session, Dialect dialect) throws SQLException {
    List<RecordKey> found = new ArrayList<>();
    String[] last = {""};
    int count =
        dialect.query(
            session,
            Op.WALK_RECORDS,
            statement -> {
              statement.setLong(1, number(0));
              statement.setLong(2, number(0));
              statement.setString(3, begins() ? "" : after[1]);
              statement.setBytes(4, bytes(2));
              statement.setInt(5, limit);
            },
            result -> {
              while (result.next()) {
                String space = result.getString(2);
                byte[] id = result.getBytes(3);
                found.add(new RecordKey(stream(result, 4), space, Utf8.decode(id)));
                last[0] = "%d:%s:%s".formatted(result.getLong(1), space, HEX.formatHex(id));
              }
              return found.size();
            });
    return new WalkPage(List.of(), List.of(), found, next(count, last[0], STREAMS));
  }

  /** Kind, tenant and name, from a column on. */
  private static StreamKey stream(ResultSet result, int first) throws SQLException {
    return new StreamKey(
        Streams.kind(result.getInt(first)),
        Utf8.decode(result.getBytes(first + 1)),
        Utf8.decode(result.getBytes(first + 2)));
  }
}
