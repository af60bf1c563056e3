package dev.restante.storage.rocksdb;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** The engine's own batch is the measure, byte for byte. */
final class BatchBytesTest {
  private static final int[] LENGTHS = {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152};

  @TempDir private Path folder;

  @Test
  void isWhatTheEngineMakes() throws RocksDBException {
    Random random = new Random(7);
    List<Change> changes = new ArrayList<>();
    Table[] tables = Table.values();
    for (int i = 0; i < 4 * tables.length; i++) {
      byte[] key = bytes(random, 1 + i * 100);
      byte[] value = i % 5 == 4 ? null : bytes(random, LENGTHS[i % LENGTHS.length]);
      changes.add(new Change(tables[i % tables.length], key, value));
    }
    RocksDB.loadLibrary();
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB rocks = RocksDB.open(options, folder.toString())) {
      Map<Table, ColumnFamilyHandle> handles = families(rocks);
      try (WriteBatch batch = new WriteBatch()) {
        for (Change change : changes) {
          byte[] value = change.value();
          if (value == null) {
            batch.delete(requireNonNull(handles.get(change.table())), change.key());
          } else {
            batch.put(requireNonNull(handles.get(change.table())), change.key(), value);
          }
        }
        assertThat(BatchBytes.of(changes, table -> number(handles, table)))
            .isEqualTo(batch.data())
            .hasSize((int) BatchBytes.length(changes, table -> number(handles, table)));
      }
    }
  }

  private static Map<Table, ColumnFamilyHandle> families(RocksDB rocks) throws RocksDBException {
    Map<Table, ColumnFamilyHandle> handles = new EnumMap<>(Table.class);
    for (Table table : Table.values()) {
      byte[] name = table.label().getBytes(StandardCharsets.US_ASCII);
      handles.put(
          table,
          table == Table.META
              ? rocks.getDefaultColumnFamily()
              : rocks.createColumnFamily(new ColumnFamilyDescriptor(name)));
    }
    return handles;
  }

  private static int number(Map<Table, ColumnFamilyHandle> handles, Table table) {
    return requireNonNull(handles.get(table)).getID();
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
