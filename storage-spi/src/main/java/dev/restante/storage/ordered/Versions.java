package dev.restante.storage.ordered;

import dev.restante.storage.RecordKey;

/**
 * The versions of records. Those that commits were guarded on are remembered, since the next commit
 * of the same sender is guarded on the same record; that is sound because nobody else writes. The
 * writer's.
 */
final class Versions {
  private final Streams streams;
  private final Remembered<RecordKey, Long> guarded;

  Versions(Streams streams, int capacity) {
    this.streams = streams;
    this.guarded = new Remembered<>(capacity);
  }

  /** The stored version; 0 if there is no record. */
  long of(Snapshot now, RecordKey key) {
    Long remembered = guarded.get(key);
    return remembered == null ? read(now, key) : remembered;
  }

  /** The same, of a record that is likely to be asked for again. */
  long ofGuarded(Snapshot now, RecordKey key) {
    Long remembered = guarded.get(key);
    if (remembered != null) {
      return remembered;
    }
    long version = read(now, key);
    guarded.put(key, version);
    return version;
  }

  private long read(Snapshot now, RecordKey key) {
    long partition = streams.number(now, key.partition());
    byte[] row =
        partition == 0
            ? null
            : now.get(Table.RECORD, Keys.record(partition, key.space(), key.id()));
    return row == null ? 0 : Values.version(row);
  }

  /** Tells of a record that has another version now. */
  void changed(RecordKey key) {
    guarded.forget(key);
  }
}
