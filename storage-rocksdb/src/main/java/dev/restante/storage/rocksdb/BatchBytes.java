package dev.restante.storage.rocksdb;

import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.Table;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A write batch as RocksDB has it itself, in memory and in its write-ahead log: twelve bytes, the
 * last four of which count the changes, then each change as its kind, family, key and value. One
 * call takes it into the engine, where otherwise each change is a call.
 */
final class BatchBytes {
  private static final int COUNT_AT = 8;
  private static final int HEADER = 12;
  private static final byte DELETE = 0;
  private static final byte PUT = 1;

  /** Added to the kind where a family is named; the default one, number 0, is not. */
  private static final byte IN_FAMILY = 4;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private int at = HEADER;

  private BatchBytes(int length) {
    bytes = new byte[length];
  }

  /** How many bytes {@link #of} makes. */
  static long length(List<Change> changes, ToIntFunction<Table> family) {
    long length = HEADER;
    for (Change change : changes) {
      byte[] value = change.value();
      int number = family.applyAsInt(change.table());
      length += 1 + (number == 0 ? 0 : width(number)) + counted(change.key());
      length += value == null ? 0 : counted(value);
    }
    return length;
  }

  /**
   * The batch of these changes.
   *
   * @param family how the engine numbers a table's family
   */
  static byte[] of(List<Change> changes, ToIntFunction<Table> family) {
    BatchBytes batch = new BatchBytes(Math.toIntExact(length(changes, family)));
    INTS.set(batch.bytes, COUNT_AT, changes.size());
    for (Change change : changes) {
      byte[] value = change.value();
      batch.begin(value == null ? DELETE : PUT, family.applyAsInt(change.table()));
      batch.put(change.key());
      if (value != null) {
        batch.put(value);
      }
    }
    return batch.bytes;
  }

  private void begin(byte kind, int family) {
    bytes[at++] = family == 0 ? kind : (byte) (kind + IN_FAMILY);
    if (family != 0) {
      put(family);
    }
  }

  private static int counted(byte[] bytes) {
    return width(bytes.length) + bytes.length;
  }

  /** Seven bits to a byte. */
  private static int width(int number) {
    int width = 1;
    for (int left = number >>> 7; left != 0; left >>>= 7) {
      width++;
    }
    return width;
  }

  /** The lower bits first; all bytes but the last have their upper bit set. */
  private void put(int number) {
    int left = number;
    while (left > 0x7F) {
      bytes[at++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    bytes[at++] = (byte) left;
  }

  private void put(byte[] counted) {
    put(counted.length);
    System.arraycopy(counted, 0, bytes, at, counted.length);
    at += counted.length;
  }
}
