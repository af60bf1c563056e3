package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.jdbc.Step.Expect;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The relay's side of the tables that transactions of the host write to. No statement here waits
 * for a row of theirs: what they wrote is invisible until they are committed, and rows are removed
 * by primary key. (On SQLite, which lets one transaction write at a time, all that writes waits.)
 */
final class EnqueueTables implements EnqueueTable {
  private final Dialect dialect;
  private final Calls calls;

  EnqueueTables(Dialect dialect, Calls calls) {
    this.dialect = dialect;
    this.calls = calls;
  }

  /** What a row has before its payload is there. */
  private record Found(
      long id, byte[] tenant, long lane, long hash, byte @Nullable [] payload, long bytes) {
    static Found of(ResultSet row) throws SQLException {
      return new Found(
          row.getLong(1),
          row.getBytes(2),
          row.getLong(3),
          row.getLong(4),
          row.getBytes(5),
          row.getLong(6));
    }

    EnqueuedDraft draft(byte[] whole) {
      return new EnqueuedDraft(new String(tenant, StandardCharsets.UTF_8), lane, hash, whole);
    }
  }

  private record Dead(Found row, byte[] code, byte[] detail, long timeMillis) {
    DeadRow with(byte[] payload) {
      return new DeadRow(
          row.id,
          row.draft(payload),
          new String(code, StandardCharsets.UTF_8),
          new String(detail, StandardCharsets.UTF_8),
          timeMillis);
    }
  }

  /** A poll that finds nothing writes nothing, on whatever number of nodes. */
  @Override
  public EnqueuedRows take(RelayTurn turn, Collection<Long> exceptLanes, int limit, long maxBytes) {
    String lanes = exceptLanes.toString();
    boolean any =
        read(
            session ->
                dialect.query(
                    session,
                    Op.FIND_ENQUEUED,
                    statement -> statement.setString(1, lanes),
                    ResultSet::next));
    if (!any || !write(session -> claimed(session, turn))) {
      return EnqueuedRows.NONE;
    }
    return read(session -> rows(session, lanes, limit, maxBytes));
  }

  private boolean claimed(Session session, RelayTurn turn) throws SQLException {
    int claimed =
        dialect.update(
            session,
            Op.CLAIM_RELAY,
            statement ->
                bind(
                    statement,
                    turn.owner(),
                    turn.untilMillis(),
                    turn.owner(),
                    turn.nowMillis(),
                    turn.latestMillis()));
    if (claimed == 0 && !dialect.query(session, Op.FIND_RELAY, statement -> {}, ResultSet::next)) {
      throw new StoreException(Effect.FAULT, "The one row of the table relay is missing", null);
    }
    return claimed > 0;
  }

  /** One statement finds all rows, so that those of one transaction appear together. */
  private EnqueuedRows rows(Session session, String lanes, int limit, long maxBytes)
      throws SQLException {
    List<Found> found =
        dialect.query(
            session,
            Op.READ_ENQUEUED,
            statement -> {
              statement.setString(1, lanes);
              statement.setLong(2, limit + 1L);
            },
            result -> {
              List<Found> rows = new ArrayList<>();
              while (result.next()) {
                rows.add(Found.of(result));
              }
              return rows;
            });
    List<EnqueuedRow> rows = new ArrayList<>();
    long bytes = 0;
    for (Found each : found) {
      bytes += each.bytes;
      if (rows.size() == limit || (!rows.isEmpty() && bytes > maxBytes)) {
        return new EnqueuedRows(rows, true);
      }
      payload(session, Op.ENQUEUED_PAYLOAD, each)
          .ifPresent(payload -> rows.add(new EnqueuedRow(each.id, each.draft(payload))));
    }
    return new EnqueuedRows(rows, false);
  }

  /** The payload; empty if the row is not there any more. */
  private Optional<byte[]> payload(Session session, Op op, Found row) throws SQLException {
    if (row.payload != null) {
      return Optional.of(row.payload);
    }
    return dialect.query(
        session,
        op,
        statement -> bind(statement, row.id, row.hash),
        result -> result.next() ? Optional.of(result.getBytes(1)) : Optional.empty());
  }

  @Override
  public void settle(long owner, List<EnqueuedRow> done, List<DeadRow> dead, boolean release) {
    List<EnqueuedRow> sorted = new ArrayList<>(done);
    sorted.sort(Comparator.comparingLong(EnqueuedRow::id));
    long[] ids = sorted.stream().mapToLong(EnqueuedRow::id).toArray();
    long[] hashes = sorted.stream().mapToLong(row -> row.draft().hash()).toArray();
    write(
        session -> {
          if (ids.length > 0) {
            Columns rows = new Columns(ids.length, ids, hashes);
            dialect.run(
                session,
                List.of(new Step(Op.REMOVE_ENQUEUED, rows, Expect.ANYTHING, Cause.UNSPECIFIED)));
          }
          for (DeadRow row : dead) {
            bury(session, row);
          }
          if (release) {
            dialect.update(session, Op.RELEASE_RELAY, statement -> bind(statement, owner));
          }
          return true;
        });
  }

  private void bury(Session session, DeadRow row) throws SQLException {
    EnqueuedDraft draft = row.draft();
    int removed =
        dialect.update(
            session, Op.REMOVE_ENQUEUED_ROW, statement -> bind(statement, row.id(), draft.hash()));
    if (removed > 0) {
      dialect.update(
          session,
          Op.BURY,
          statement -> {
            bind(statement, draft);
            statement.setBytes(5, row.code().getBytes(StandardCharsets.UTF_8));
            statement.setBytes(6, row.detail().getBytes(StandardCharsets.UTF_8));
            statement.setLong(7, row.timeMillis());
          });
    }
  }

  @Override
  public List<DeadRow> deadLetters(long afterId, int limit, long maxBytes) {
    return read(
        session -> {
          List<DeadRow> letters = new ArrayList<>();
          long bytes = 0;
          for (Dead dead : dead(session, afterId, limit)) {
            bytes += dead.row.bytes;
            if (!letters.isEmpty() && bytes > maxBytes) {
              return letters;
            }
            payload(session, Op.DEAD_PAYLOAD, dead.row)
                .ifPresent(payload -> letters.add(dead.with(payload)));
          }
          return letters;
        });
  }

  private List<Dead> dead(Session session, long afterId, int limit) throws SQLException {
    return dialect.query(
        session,
        Op.READ_DEAD,
        statement -> bind(statement, afterId, limit),
        result -> {
          List<Dead> rows = new ArrayList<>();
          while (result.next()) {
            rows.add(
                new Dead(
                    Found.of(result), result.getBytes(7), result.getBytes(8), result.getLong(9)));
          }
          return rows;
        });
  }

  @Override
  public boolean retry(long id) {
    return write(
        session -> {
          List<Dead> found = dead(session, id - 1, 1);
          if (found.isEmpty() || found.get(0).row.id != id) {
            return false;
          }
          Optional<byte[]> payload = payload(session, Op.DEAD_PAYLOAD, found.get(0).row);
          // Whoever removes it enqueues it: of two that retry at once, one does.
          if (payload.isEmpty() || !removed(session, id)) {
            return false;
          }
          EnqueuedDraft draft = found.get(0).row.draft(payload.get());
          dialect.update(session, Op.ENQUEUE, statement -> bind(statement, draft));
          return true;
        });
  }

  @Override
  public boolean discard(long id) {
    return write(session -> removed(session, id));
  }

  private boolean removed(Session session, long id) throws SQLException {
    return dialect.update(session, Op.REMOVE_DEAD, statement -> bind(statement, id)) > 0;
  }

  /** Binds what every row of a draft begins with. */
  static void bind(PreparedStatement statement, EnqueuedDraft draft) throws SQLException {
    statement.setBytes(1, draft.tenant().getBytes(StandardCharsets.UTF_8));
    statement.setLong(2, draft.lane());
    statement.setLong(3, draft.hash());
    statement.setBytes(4, draft.payload());
  }

  private static void bind(PreparedStatement statement, long... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setLong(i + 1, values[i]);
    }
  }

  private <T> T read(Calls.Work<T> work) {
    try {
      return calls.read(work);
    } catch (Outdated e) {
      throw changing(e);
    }
  }

  private <T> T write(Calls.Work<T> work) {
    try {
      return calls.write(work);
    } catch (Outdated e) {
      throw changing(e);
    }
  }

  /** Another server answers than before. Nothing here goes by what the last one said. */
  private static StoreException changing(Outdated e) {
    return new StoreException(Effect.TRANSIENT, "The database is changing", e);
  }

  @Override
  public void close() {
    calls.close();
  }
}
