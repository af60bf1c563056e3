package dev.restante.storage.jdbc;

import dev.restante.storage.StreamKey;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.OptionalLong;

/**
 * A stream and the number by which its rows are read. A read names both and finds nothing if they
 * do not belong together any more; whoever finds nothing asks for the floor, which tells.
 */
final class Place {
  private final StreamKey key;
  private final long id;
  private final byte[] tenant;
  private final byte[] name;

  Place(StreamKey key, long id) {
    this.key = key;
    this.id = id;
    this.tenant = Utf8.encode(key.tenant());
    this.name = Utf8.encode(key.name());
  }

  long id() {
    return id;
  }

  /** Binds number, kind, tenant and name, and returns the index that follows. */
  int bind(PreparedStatement statement, int first) throws SQLException {
    statement.setLong(first, id);
    statement.setInt(first + 1, key.kind().code());
    statement.setBytes(first + 2, tenant);
    statement.setBytes(first + 3, name);
    return first + 4;
  }

  /**
   * The floor now.
   *
   * @throws Outdated if the number does not stand for the stream any more
   */
  long floor(Dialect dialect, Session session) throws SQLException {
    return dialect
        .query(
            session,
            Op.READ_FLOOR,
            statement -> bind(statement, 1),
            result -> result.next() ? OptionalLong.of(result.getLong(1)) : OptionalLong.empty())
        .orElseThrow(() -> new Outdated(session.generation()));
  }
}
