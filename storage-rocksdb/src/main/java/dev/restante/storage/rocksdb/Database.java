package dev.restante.storage.rocksdb;

import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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

/**
 * The open engine and what belongs to it. Safe for use by many threads, but for {@link #close()}:
 * the engine does not survive a call that comes later.
 */
final class Database implements AutoCloseable {
  /** The layout that {@link Family} describes. */
  private static final byte FORMAT = 1;

  private static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.UTF_8);

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
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final WriteOptions synced;
  private final WriteOptions unsynced;
  private volatile boolean suspect;

  private Database(
      Path folder, Deque<AutoCloseable> owned, RocksDB rocks, List<ColumnFamilyHandle> opened) {
    this.folder = folder;
    this.owned = owned;
    this.rocks = rocks;
    for (Family family : Family.values()) {
      handles.put(family, own(owned, opened.get(handles.size())));
    }
    this.synced = own(owned, new WriteOptions().setSync(true));
    this.unsynced = own(owned, new WriteOptions());
  }

  /**
   * Opens a folder.
   *
   * @param folder where, without links: the engine knows what this process holds by its name
   */
  static Database open(Path folder) {
    RocksDB.loadLibrary();
    Deque<AutoCloseable> owned = new ArrayDeque<>();
    boolean done = false;
    try {
      Database database = open(folder, owned);
      database.checkFormat();
      done = true;
      return database;
    } catch (RocksDBException e) {
      throw Failures.opening(folder, e);
    } finally {
      if (!done) {
        closeAll(owned);
      }
    }
  }

  private static Database open(Path folder, Deque<AutoCloseable> owned) throws RocksDBException {
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(own(owned, new LRUCache(BLOCK_CACHE_BYTES)))
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFilterPolicy(own(owned, new BloomFilter(BLOOM_BITS)));
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (Family family : Family.values()) {
      ColumnFamilyOptions options = own(owned, options(family).setTableFormatConfig(tables));
      descriptors.add(new ColumnFamilyDescriptor(family.label(), options));
    }
    DBOptions options = own(owned, options());
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    RocksDB rocks = own(owned, RocksDB.open(options, folder.toString(), descriptors, handles));
    return new Database(folder, owned, rocks, handles);
  }

  private static ColumnFamilyOptions options(Family family) {
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION);
    if (family.oftenMissed()) {
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

  private void checkFormat() throws RocksDBException {
    byte[] format = get(Family.META, FORMAT_KEY);
    if (format == null) {
      rocks.put(handle(Family.META), synced, FORMAT_KEY, new byte[] {FORMAT});
    } else if (format.length != 1 || format[0] != FORMAT) {
      throw new StoreException(
          Effect.FAULT,
          "%s was written in format %d; this version knows %d".formatted(folder, format[0], FORMAT),
          null);
    }
  }

  Path folder() {
    return folder;
  }

  RocksDB rocks() {
    return rocks;
  }

  ColumnFamilyHandle handle(Family family) {
    return Objects.requireNonNull(handles.get(family));
  }

  /** What is stored now; {@code null} if nothing. */
  byte @Nullable [] get(Family family, byte[] key) throws RocksDBException {
    return rocks.get(handle(family), key);
  }

  /**
   * The beginning of what is stored now.
   *
   * @return whether anything is stored
   */
  boolean get(Family family, byte[] key, byte[] beginning) throws RocksDBException {
    return rocks.get(handle(family), key, beginning) != RocksDB.NOT_FOUND;
  }

  /** Everything as it is now, for reads that belong together. */
  View view() {
    return new View(this);
  }

  /**
   * Writes a batch, all of it or nothing, and forces it to the disk.
   *
   * @throws StoreException if that failed. What happened is known when the folder was opened anew,
   *     and until then nothing more is written
   */
  void write(WriteBatch batch) {
    write(batch, synced);
  }

  /** Writes a batch that may be lost if the machine loses power: what it does is done again. */
  void writeUnsynced(WriteBatch batch) {
    write(batch, unsynced);
  }

  private void write(WriteBatch batch, WriteOptions options) {
    if (suspect) {
      throw new StoreException(Effect.UNAVAILABLE, folder + " is to be opened anew", null);
    }
    try {
      rocks.write(options, batch);
    } catch (RocksDBException e) {
      StoreException failure = Failures.writing(folder, e);
      suspect = failure.effect() == Effect.UNKNOWN;
      throw failure;
    }
  }

  /** Whether a write failed, so that only opening the folder anew tells what is in it. */
  boolean suspect() {
    return suspect;
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
