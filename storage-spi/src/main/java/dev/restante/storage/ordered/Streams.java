package dev.restante.storage.ordered;

import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import org.jspecify.annotations.Nullable;

/**
 * The streams by name. Each has a number, which stands for it in every key, so that keys are short;
 * it is given once and never again. What is remembered is what was read from the disk or is on it:
 * a stream made by a commit enters when that is written.
 *
 * <p>Numbers may be asked for by any thread. Heads are the writer's: they are read when he first
 * needs them and kept up to date by his own writes, which is sound because nobody else writes.
 */
final class Streams {
  private final Remembered<StreamKey, Stream> known;
  private final Remembered<Long, StreamKey> names;

  /** The writer's. */
  private long lastNumber;

  private Streams(int capacity, long lastNumber) {
    this.known = new Remembered<>(capacity, Stream::drop);
    this.names = new Remembered<>(capacity);
    this.lastNumber = lastNumber;
  }

  static Streams of(Data data, int capacity) {
    byte[] first = Keys.number(0);
    byte[] end = Keys.number(Long.MAX_VALUE);
    try (Snapshot now = data.snapshot();
        Rows names = now.rows(Table.NAME, first, end, true)) {
      return new Streams(capacity, names.next() ? Bytes.getLong(names.key(), 0) : 0);
    }
  }

  /** The stream, if it was ever written to or referred to. */
  @Nullable Stream find(Snapshot snapshot, StreamKey key) {
    Stream remembered = known.get(key);
    if (remembered != null) {
      return remembered;
    }
    Floor floor = Floor.of(snapshot, key);
    return floor.isUnknown() ? null : known.get(key, any -> new Stream(floor.stream()));
  }

  /** The number that stands for a stream; 0 if there is none. */
  long number(Snapshot snapshot, StreamKey key) {
    Stream stream = find(snapshot, key);
    return stream == null ? 0 : stream.number();
  }

  /** The stream if it is remembered; otherwise {@code null}, whatever the disk has. */
  @Nullable Stream remembered(StreamKey key) {
    return known.get(key);
  }

  /** The name that a number stands for. */
  StreamKey name(Snapshot snapshot, long number) {
    StreamKey remembered = names.get(number);
    if (remembered != null) {
      return remembered;
    }
    byte[] row = snapshot.get(Table.NAME, Keys.number(number));
    if (row == null) {
      throw new IllegalStateException("A row refers to stream " + number + ", which has no name");
    }
    StreamKey name = Keys.stream(row);
    names.put(number, name);
    return name;
  }

  // ---- for the writer ---------------------------------------------------------------------------

  /** The stream with its head, if it was ever written to or referred to. */
  @Nullable Stream load(Snapshot now, StreamKey key) {
    return load(now, key, null);
  }

  /**
   * The same of one that may have been found before the writer's turn.
   *
   * @param found what was remembered then
   */
  @Nullable Stream load(Snapshot now, StreamKey key, @Nullable Stream found) {
    Stream stream = found == null || found.isDropped() ? find(now, key) : found;
    if (stream != null && !stream.isLoaded()) {
      stream.load(Floor.of(now, key).head(now, key.kind()));
    }
    return stream;
  }

  StreamHead head(Snapshot now, StreamKey key) {
    Stream stream = load(now, key);
    return stream == null ? StreamHead.EMPTY : stream.head();
  }

  /** Gives a stream a number, in a batch that is to be written. */
  Stream create(StreamKey key, Batch batch) {
    Stream stream = Stream.fresh(++lastNumber);
    byte[] name = Keys.stream(key);
    batch.put(Table.STREAM, name, Floor.fresh(stream.number()).row());
    batch.put(Table.NAME, Keys.number(stream.number()), name);
    return stream;
  }

  /** Remembers a stream whose batch was written. */
  void created(StreamKey key, Stream stream) {
    known.put(key, stream);
  }
}
