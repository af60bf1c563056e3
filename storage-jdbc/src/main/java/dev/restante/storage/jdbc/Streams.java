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

  /** For a call whose session is borrowed later; {@link Numbers#check} tells if that matters. */
  Numbers numbers() {
    return new Numbers(remembered.current());
  }

  /**
   * The numbers of those streams that have one; asking for another answers 0. For reads: nothing is
   * written.
   */
  Numbers lookedUp(Session session, Collection<StreamKey> keys) throws SQLException {
    Numbers numbers = new Numbers(session.generation());
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
    calls.read(session -> findFor(session, wanted, numbers));
    List<Encoded> added = wanted.stream().filter(e -> numbers.found(e.key()) == null).toList();
    if (!added.isEmpty()) {
      calls.write(session -> dialect.run(session, List.of(adding(added))));
      calls.read(session -> findFor(session, added, numbers));
    }
    numbers.remember();
  }

  private boolean findFor(Session session, List<Encoded> wanted, Numbers numbers)
      throws SQLException {
    numbers.check(session);
    return find(session, wanted, numbers);
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

  /** A step that fails as {@link Outdated} if a number does not stand for its stream any more. */
  static Step notStray(Collection<StreamKey> keys, Numbers numbers) {
    List<Encoded> encoded = encoded(keys);
    long[] id = encoded.stream().mapToLong(stream -> numbers.of(stream.key())).toArray();
    Columns columns = columns(encoded);
    return new Step(
        Op.FIND_STRAY,
        new Columns(id.length, id, columns.column(0), columns.column(1), columns.column(2)),
        Expect.NO_ROW,
        Cause.HEAD);
  }

  /**
   * Makes sure that numbers stand for their streams.
   *
   * @throws Outdated if one does not
   */
  void confirm(Session session, Collection<StreamKey> keys, Numbers numbers) throws SQLException {
    dialect.run(session, List.of(notStray(keys, numbers)));
  }

  private static List<Encoded> encoded(Collection<StreamKey> keys) {
    return keys.stream().map(Encoded::of).sorted(Encoded.ORDER).toList();
  }

  private static List<Encoded> encodable(Collection<StreamKey> keys) {
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
      StreamKey key = session.generation().key(id);
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
    session.generation().rememberKeys(found);
    return found;
  }

  static Kind kind(int code) {
    for (Kind kind : Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new IllegalStateException("The database holds a stream of unknown kind " + code);
  }
}
