package dev.restante.storage.rocksdb;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The streams by name. Each has a number, which stands for it in every key, so that keys are short;
 * it is given once and never again. What is remembered is what was read from the disk or is on it:
 * a stream made by a commit enters when that is written.
 *
 * <p>Numbers may be asked for by any thread. Heads are the writer's: they are read when he first
 * needs them and kept up to date by his own writes, which is sound because nobody else writes.
 * Eviction runs on the calling thread.
 */
final class Streams {
  private final Database database;
  private final Cache<StreamKey, Stream> known;
  private final Cache<Long, StreamKey> names;

  /** The writer's. */
  private long lastNumber;

  private Streams(Database database, int capacity, long lastNumber) {
    this.known = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
    this.names = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
    this.database = database;
    this.lastNumber = lastNumber;
  }

  static Streams of(Database database, int capacity) throws RocksDBException {
    byte[] first = Keys.number(0);
    byte[] end = Keys.number(Long.MAX_VALUE);
    try (Scan names = new Scan(database, Family.NAME, null, first, end)) {
      return new Streams(database, capacity, names.last() ? Bytes.getLong(names.key(), 0) : 0);
    }
  }

  /** The stream, if it was ever written to or referred to. */
  @Nullable Stream find(StreamKey key) throws RocksDBException {
    Stream remembered = known.getIfPresent(key);
    if (remembered != null) {
      return remembered;
    }
    Floor floor = Floor.of(database.get(Family.STREAM, Keys.stream(key)));
    return floor.isUnknown() ? null : known.get(key, any -> new Stream(floor.stream()));
  }

  /** The number that stands for a stream; 0 if there is none. */
  long number(StreamKey key) throws RocksDBException {
    Stream stream = find(key);
    return stream == null ? 0 : stream.number();
  }

  /** The name that a number stands for. */
  StreamKey name(long number) throws RocksDBException {
    StreamKey remembered = names.getIfPresent(number);
    if (remembered != null) {
      return remembered;
    }
    byte[] row = database.get(Family.NAME, Keys.number(number));
    if (row == null) {
      throw new IllegalStateException("A row refers to stream " + number + ", which has no name");
    }
    StreamKey name = Keys.stream(row);
    names.put(number, name);
    return name;
  }

  // ---- for the writer ---------------------------------------------------------------------------

  /** The stream with its head, if it was ever written to or referred to. */
  @Nullable Stream load(StreamKey key) throws RocksDBException {
    Stream stream = find(key);
    if (stream != null && !stream.isLoaded()) {
      stream.load(read(key));
    }
    return stream;
  }

  StreamHead head(StreamKey key) throws RocksDBException {
    Stream stream = load(key);
    return stream == null ? StreamHead.EMPTY : stream.head();
  }

  private StreamHead read(StreamKey key) throws RocksDBException {
    Floor floor = Floor.of(database.get(Family.STREAM, Keys.stream(key)));
    if (key.kind() == Kind.STORE) {
      return StreamHead.EMPTY;
    }
    boolean log = key.kind() == Kind.LOG;
    Family family = log ? Family.LOG : Family.INBOX;
    try (Scan rows = new Scan(database, family, null, floor.firstKey(), floor.endKey())) {
      return floor.head(rows, log);
    }
  }

  /** Gives a stream a number, in a batch that is to be written. */
  Stream create(StreamKey key, WriteBatch batch) throws RocksDBException {
    Stream stream = Stream.fresh(++lastNumber);
    byte[] name = Keys.stream(key);
    batch.put(database.handle(Family.STREAM), name, Floor.fresh(stream.number()).row());
    batch.put(database.handle(Family.NAME), Keys.number(stream.number()), name);
    return stream;
  }

  /** Remembers a stream whose batch was written. */
  void created(StreamKey key, Stream stream) {
    known.put(key, stream);
  }
}
