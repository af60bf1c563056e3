package dev.restante.storage.rocksdb;

import dev.restante.storage.Durability;
import dev.restante.storage.Moving;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.OrderedEngine;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The open database and what belongs to it: a column family for each table. */
final class RocksEngine implements OrderedEngine {
  static final int MAX_PAYLOAD_BYTES = 16 << 20;
  static final int MAX_COMMIT_ROWS = 10_000;

  private static final StoreInfo INFO =
      new StoreInfo(
          "rocksdb",
          Durability.LOCAL,
          false,
          true,
          Moving.IN_AND_OUT,
          MAX_PAYLOAD_BYTES,
          MAX_COMMIT_ROWS);

  /** Where keys are mostly looked up that are not there. */
  private static final Set<Table> OFTEN_MISSED =
      EnumSet.of(Table.STREAM, Table.NEWEST, Table.DEDUP);

  /** What is more than this crosses into the engine change by change, not copied as a whole. */
  static final int AT_ONCE_BYTES = 8 << 20;

  private static final long MEBIBYTE = 1 << 20;
  private static final long BLOCK_CACHE_BYTES = 64 * MEBIBYTE;
  private static final long WRITE_BUFFER_BYTES = 32 * MEBIBYTE;
  private static final long WRITE_BUFFERS_BYTES = 128 * MEBIBYTE;

  /** What is read again when the process died: about two seconds' work. */
  private static final long WRITE_AHEAD_BYTES = 256 * MEBIBYTE;

  private static final double BLOOM_BITS = 10;
  private static final double MEMORY_BLOOM_SHARE = 0.02;
  private static final long LOG_FILE_BYTES = 4 * MEBIBYTE;
  private static final int LOG_FILES = 3;

  private final Path folder;
  private final Deque<AutoCloseable> owned;
  private final RocksDB rocks;
  private final Map<Table, ColumnFamilyHandle> handles = new EnumMap<>(Table.class);
  private final WriteOptions synced;

  /** How the engine numbers its families. */
  private final Map<Table, Integer> numbers = new EnumMap<>(Table.class);

  private RocksEngine(
      Path folder, Deque<AutoCloseable> owned, RocksDB rocks, List<ColumnFamilyHandle> opened) {
    this.folder = folder;
    this.owned = owned;
    this.rocks = rocks;
    for (Table table : Table.values()) {
      handles.put(table, own(owned, opened.get(handles.size())));
    }
    handles.forEach((table, handle) -> numbers.put(table, handle.getID()));
    this.synced = own(owned, new WriteOptions().setSync(true));
  }

  /**
   * Opens a folder.
   *
   * @param folder where, without links: the engine knows what this process holds by its name
   */
  static RocksEngine open(Path folder) {
    RocksDB.loadLibrary();
    Deque<AutoCloseable> owned = new ArrayDeque<>();
    boolean done = false;
    try {
      RocksEngine engine = open(folder, owned);
      done = true;
      return engine;
    } catch (RocksDBException e) {
      throw Failures.opening(folder, e);
    } finally {
      if (!done) {
        closeAll(owned);
      }
    }
  }

  private static RocksEngine open(Path folder, Deque<AutoCloseable> owned) throws RocksDBException {
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(own(owned, new LRUCache(BLOCK_CACHE_BYTES)))
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFilterPolicy(own(owned, new BloomFilter(BLOOM_BITS)));
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (Table table : Table.values()) {
      ColumnFamilyOptions options = own(owned, options(table).setTableFormatConfig(tables));
      descriptors.add(new ColumnFamilyDescriptor(name(table), options));
    }
    DBOptions options = own(owned, options());
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    RocksDB rocks = own(owned, RocksDB.open(options, folder.toString(), descriptors, handles));
    return new RocksEngine(folder, owned, rocks, handles);
  }

  private static ColumnFamilyOptions options(Table table) {
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION);
    if (OFTEN_MISSED.contains(table)) {
      options
          .setMemtablePrefixBloomSizeRatio(MEMORY_BLOOM_SHARE)
          .setMemtableWholeKeyFiltering(true);
    }
    return options;
  }

  /** One thread writes at a time, so nothing is gained by letting several into a write buffer. */
  private static DBOptions options() {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setAllowConcurrentMemtableWrite(false)
        .setDbWriteBufferSize(WRITE_BUFFERS_BYTES)
        .setMaxTotalWalSize(WRITE_AHEAD_BYTES)
        .setMaxBgErrorResumeCount(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(LOG_FILE_BYTES)
        .setKeepLogFileNum(LOG_FILES);
  }

  /** The names are on disk and never change; every database has a family "default". */
  private static byte[] name(Table table) {
    return table == Table.META
        ? RocksDB.DEFAULT_COLUMN_FAMILY
        : table.label().getBytes(StandardCharsets.UTF_8);
  }

  Path folder() {
    return folder;
  }

  RocksDB rocks() {
    return rocks;
  }

  ColumnFamilyHandle family(Table table) {
    return Objects.requireNonNull(handles.get(table));
  }

  @Override
  public StoreInfo info() {
    return INFO;
  }

  @Override
  public Snapshot snapshot() {
    return new RocksSnapshot(this);
  }

  /** Forced to the disk before it returns. */
  @Override
  public void write(List<Change> changes) {
    try (WriteBatch batch = batch(changes)) {
      rocks.write(synced, batch);
    } catch (RocksDBException e) {
      throw Failures.writing(folder, e);
    }
  }

  private WriteBatch batch(List<Change> changes) throws RocksDBException {
    long bytes = BatchBytes.length(changes, this::familyNumber);
    return bytes <= AT_ONCE_BYTES
        ? new WriteBatch(BatchBytes.of(changes, this::familyNumber))
        : oneByOne(changes, bytes);
  }

  private int familyNumber(Table table) {
    return Objects.requireNonNull(numbers.get(table));
  }

  private WriteBatch oneByOne(List<Change> changes, long bytes) throws RocksDBException {
    WriteBatch batch = new WriteBatch((int) Math.min(bytes, Integer.MAX_VALUE / 2));
    boolean done = false;
    try {
      for (Change change : changes) {
        ColumnFamilyHandle family = family(change.table());
        byte[] value = change.value();
        if (value == null) {
          batch.delete(family, change.key());
        } else {
          batch.put(family, change.key(), value);
        }
      }
      done = true;
      return batch;
    } finally {
      if (!done) {
        batch.close();
      }
    }
  }

  @Override
  public void close() {
    closeAll(owned);
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> owned, T resource) {
    owned.push(resource);
    return resource;
  }

  /** The newest first: handles before the database, the database before its options. */
  private static void closeAll(Deque<AutoCloseable> owned) {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("Objects of the engine close without exceptions", e);
      }
    }
  }
}
