package dev.restante.storage.jdbc;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.jdbc.Dialect.Lookup;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything that only reads. Safe for use by many threads. */
final class Reads {
  private static final byte[] NOTHING = {};

  private final Dialect dialect;
  private final Streams streams;

  Reads(Dialect dialect, Streams streams) {
    this.dialect = dialect;
    this.streams = streams;
  }

  List<StreamHead> heads(Session session, List<StreamKey> keys, Numbers numbers)
      throws SQLException {
    return heads(session, List.of(), keys, numbers);
  }

  /** Once steps were taken of which each succeeds. */
  List<StreamHead> heads(Session session, List<Step> steps, List<StreamKey> keys, Numbers numbers)
      throws SQLException {
    StreamHead[] heads = new StreamHead[keys.size()];
    Arrays.fill(heads, StreamHead.EMPTY);
    List<Lookup> lookups = new ArrayList<>(2);
    add(lookups, Op.LOG_HEAD, Kind.LOG, keys, numbers, heads);
    add(lookups, Op.INBOX_HEAD, Kind.INBOX, keys, numbers, heads);
    if (!steps.isEmpty() || !lookups.isEmpty()) {
      dialect.runAndLookUp(session, steps, lookups);
    }
    return List.of(heads);
  }

  private static void add(
      List<Lookup> lookups,
      Op op,
      Kind kind,
      List<StreamKey> keys,
      Numbers numbers,
      StreamHead[] heads) {
    int count = 0;
    int[] place = new int[keys.size()];
    long[] ids = new long[keys.size()];
    for (int i = 0; i < keys.size(); i++) {
      long id = keys.get(i).kind() == kind ? numbers.of(keys.get(i)) : 0;
      if (id != 0) {
        place[count] = i;
        ids[count++] = id;
      }
    }
    if (count > 0) {
      lookups.add(
          new Lookup(
              op,
              new Columns(count, Arrays.copyOf(ids, count)),
              (key, row) -> heads[place[key]] = head(row)));
    }
  }

  StreamHead head(Session session, Kind kind, long id) throws SQLException {
    StreamHead[] head = {StreamHead.EMPTY};
    dialect.lookup(
        session,
        kind == Kind.LOG ? Op.LOG_HEAD : Op.INBOX_HEAD,
        new Columns(1, new long[] {id}),
        (key, row) -> head[0] = head(row));
    return head[0];
  }

  /** Columns: floor, its ordinal and time, the last row's number, its ordinal and time. */
  private static StreamHead head(ResultSet row) throws SQLException {
    long floor = row.getLong(2);
    long last = row.getLong(5);
    return last > floor
        ? new StreamHead(last, row.getLong(6), row.getLong(7), floor)
        : new StreamHead(floor, row.getLong(3), row.getLong(4), floor);
  }

  Map<DedupKey, DedupRow> dedups(Session session, Collection<DedupKey> keys) throws SQLException {
    Set<StreamKey> needed = new LinkedHashSet<>();
    for (DedupKey key : keys) {
      needed.add(key.log());
      needed.add(CommitPlan.sender(key));
    }
    Numbers numbers = streams.lookedUp(session, needed);
    List<DedupKey> asked =
        keys.stream()
            .filter(key -> Utf8.wellFormed(key.clientId()))
            .filter(key -> numbers.of(key.log()) != 0 && numbers.of(CommitPlan.sender(key)) != 0)
            .toList();
    int count = asked.size();
    byte[][] clientId = new byte[count][];
    long[] senderId = new long[count];
    long[] logId = new long[count];
    for (int i = 0; i < count; i++) {
      clientId[i] = ClientIdBytes.encode(asked.get(i).clientId());
      senderId[i] = numbers.of(CommitPlan.sender(asked.get(i)));
      logId[i] = numbers.of(asked.get(i).log());
    }
    Map<DedupKey, DedupRow> found = new HashMap<>();
    if (count > 0) {
      dialect.lookup(
          session,
          Op.FIND_DEDUP,
          new Columns(count, clientId, senderId, logId),
          (key, row) -> {
            DedupKey dedup = asked.get(key);
            found.put(
                dedup,
                new DedupRow(
                    dedup, row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5), false));
          });
    }
    return found;
  }

  LogSlice log(Session session, LogRange range) throws SQLException {
    long id = streams.lookedUp(session, List.of(range.log())).of(range.log());
    return id == 0
        ? new LogSlice(List.of(), false, 0)
        : new LogPage(dialect, new Place(range.log(), id), range).read(session);
  }

  InboxSlice inbox(Session session, StreamKey inbox, long after, int limit, long maxBytes)
      throws SQLException {
    long id = streams.lookedUp(session, List.of(inbox)).of(inbox);
    if (id == 0) {
      return new InboxSlice(List.of(), after, false, 0);
    }
    // A single row is read to see whether the store still has it.
    KnownMessages messages = limit == 1 ? KnownMessages.NONE : session.generation().messages();
    Place place = new Place(inbox, id);
    return new InboxPage(dialect, streams, messages, place, after, limit, maxBytes).read(session);
  }

  Map<RecordKey, StoredRecord> records(Session session, Collection<RecordKey> keys)
      throws SQLException {
    Numbers numbers =
        streams.lookedUp(session, keys.stream().map(RecordKey::partition).distinct().toList());
    List<RecordKey> asked =
        keys.stream()
            .filter(key -> Utf8.wellFormed(key.id()) && numbers.of(key.partition()) != 0)
            .toList();
    int count = asked.size();
    long[] id = new long[count];
    String[] space = new String[count];
    byte[][] name = new byte[count][];
    for (int i = 0; i < count; i++) {
      id[i] = numbers.of(asked.get(i).partition());
      space[i] = asked.get(i).space();
      name[i] = Utf8.encode(asked.get(i).id());
    }
    Map<RecordKey, StoredRecord> found = new HashMap<>();
    if (count > 0) {
      dialect.lookup(
          session,
          Op.FIND_RECORD,
          new Columns(count, id, space, name),
          (key, row) ->
              found.put(
                  asked.get(key), new StoredRecord(asked.get(key), row.getLong(2), bytes(row, 3))));
    }
    return found;
  }

  private static byte[] bytes(ResultSet result, int column) throws SQLException {
    byte[] bytes = result.getBytes(column);
    return bytes == null ? NOTHING : bytes;
  }

  List<StoredRecord> list(
      Session session, StreamKey partition, String space, String afterId, int limit)
      throws SQLException {
    long id = streams.lookedUp(session, List.of(partition)).of(partition);
    if (id == 0) {
      return List.of();
    }
    Place place = new Place(partition, id);
    byte[] after = Utf8.encode(afterId);
    List<StoredRecord> found =
        dialect.query(
            session,
            Op.LIST,
            statement -> {
              int next = place.bind(statement, 1);
              statement.setLong(next, id);
              statement.setString(next + 1, space);
              statement.setBytes(next + 2, after);
              statement.setInt(next + 3, limit);
            },
            result -> stored(partition, space, result));
    if (found.isEmpty()) {
      place.floor(dialect, session); // nothing is there, or it is not the stream any more
    }
    return found;
  }

  private static List<StoredRecord> stored(StreamKey partition, String space, ResultSet result)
      throws SQLException {
    List<StoredRecord> found = new ArrayList<>();
    while (result.next()) {
      RecordKey key = new RecordKey(partition, space, Utf8.decode(result.getBytes(1)));
      found.add(new StoredRecord(key, result.getLong(2), bytes(result, 3)));
    }
    return found;
  }
}
