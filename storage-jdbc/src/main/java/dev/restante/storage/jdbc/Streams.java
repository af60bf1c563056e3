package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.jdbc.Step.Expect;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The dictionary of streams: which number stands for which key. Safe for use by many threads. */
final class Streams {
  private final Dialect dialect;
  private final StreamIds remembered;

  private record Encoded(StreamKey key, byte[] tenant, byte[] name) {
    static final Comparator<Encoded> ORDER =
        Comparator.comparingInt((Encoded encoded) -> encoded.key().kind().code())
            .thenComparing(Encoded::tenant, Arrays::compareUnsigned)
            .thenComparing(Encoded::name, Arrays::compareUnsigned);

    static Encoded of(StreamKey key) {
      return new Encoded(key, Utf8.encode(key.tenant()), Utf8.encode(key.name()));
    }
  }

  Streams(Dialect dialect, StreamIds remembered) {
    this.dialect = dialect;
    this.remembered = remembered;
  }

  Numbers numbers() {
    return new Numbers(remembered);
  }

  /**
   * The numbers of those streams that have one; asking for another answers 0. For reads: nothing is
   * written.
   */
  Numbers lookedUp(Session session, Collection<StreamKey> keys) throws SQLException {
    Numbers numbers = numbers();
    keys.forEach(numbers::of);
    if (!numbers.complete()) {
      find(session, encodable(numbers.takeMissing()), numbers);
      // Outside a transaction, or in one that wrote no stream, whatever is read is committed.
      numbers.remember();
    }
    return numbers;
  }

  /**
   * Gives a number to each stream that lacks one, in transactions of their own: a rolled-back
   * commit then leaves a number that nobody uses, which is harmless, and no commit waits for
   * another one's new streams.
   */
  void number(Calls calls, Numbers numbers) {
    List<Encoded> wanted = encoded(numbers.takeMissing());
    calls.read(session -> find(session, wanted, numbers));
    List<Encoded> added = wanted.stream().filter(e -> numbers.found(e.key()) == null).toList();
    if (!added.isEmpty()) {
      calls.write(session -> dialect.run(session, List.of(adding(added))));
      calls.read(session -> find(session, added, numbers));
    }
    numbers.remember();
  }

  /**
   * Gives a number to each stream that lacks one, within a transaction. What is found may be lost
   * with it, so nobody else may hear of it before it is committed.
   */
  void numberWithin(Session session, Numbers numbers) throws SQLException {
    List<Encoded> wanted = encoded(numbers.takeMissing());
    find(session, wanted, numbers);
    List<Encoded> added = wanted.stream().filter(e -> numbers.found(e.key()) == null).toList();
    if (!added.isEmpty()) {
      dialect.run(session, List.of(adding(added)));
      find(session, added, numbers);
    }
  }

  private static List<Encoded> encoded(Set<StreamKey> keys) {
    return keys.stream().map(Encoded::of).sorted(Encoded.ORDER).toList();
  }

  private static List<Encoded> encodable(Set<StreamKey> keys) {
    return keys.stream()
        .filter(key -> Utf8.wellFormed(key.tenant()) && Utf8.wellFormed(key.name()))
        .map(Encoded::of)
        .sorted(Encoded.ORDER)
        .toList();
  }

  private static Step adding(List<Encoded> added) {
    return new Step(Op.ADD_STREAM, columns(added), Expect.ANYTHING, Cause.UNSPECIFIED);
  }

  private static Columns columns(List<Encoded> encoded) {
    int count = encoded.size();
    short[] kind = new short[count];
    byte[][] tenant = new byte[count][];
    byte[][] name = new byte[count][];
    for (int i = 0; i < count; i++) {
      kind[i] = (short) encoded.get(i).key().kind().code();
      tenant[i] = encoded.get(i).tenant();
      name[i] = encoded.get(i).name();
    }
    return new Columns(count, kind, tenant, name);
  }

  private boolean find(Session session, List<Encoded> wanted, Numbers numbers) throws SQLException {
    if (!wanted.isEmpty()) {
      dialect.lookup(
          session,
          Op.FIND_STREAM,
          columns(wanted),
          (key, row) -> numbers.found(wanted.get(key).key(), row.getLong(2)));
    }
    return true;
  }

  /** The keys behind numbers, looked up together where they are not remembered. */
  Map<Long, StreamKey> keys(Session session, Collection<Long> ids) throws SQLException {
    Map<Long, StreamKey> keys = new HashMap<>();
    List<Long> missing = new ArrayList<>();
    for (Long id : ids) {
      StreamKey key = remembered.key(id);
      if (key == null) {
        missing.add(id);
      } else {
        keys.put(id, key);
      }
    }
    if (!missing.isEmpty()) {
      keys.putAll(findKeys(session, missing.stream().mapToLong(Long::longValue).toArray()));
    }
    return keys;
  }

  private Map<Long, StreamKey> findKeys(Session session, long[] ids) throws SQLException {
    Map<Long, StreamKey> found = new HashMap<>();
    dialect.lookup(
        session,
        Op.FIND_STREAM_KEY,
        new Columns(ids.length, ids),
        (key, row) ->
            found.put(
                ids[key],
                new StreamKey(
                    kind(row.getInt(2)),
                    Utf8.decode(row.getBytes(3)),
                    Utf8.decode(row.getBytes(4)))));
    remembered.rememberKeys(found);
    return found;
  }

  private static Kind kind(int code) {
    for (Kind kind : Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new IllegalStateException("The database holds a stream of unknown kind " + code);
  }
}
