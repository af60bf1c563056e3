package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The store's rows in a folder of their own, with the same settings of the engine: log, inbox and
 * dedup rows, and the index by which the latter expire. One batch a commit, forced to the disk.
 */
final class RocksWriter implements RowWriter {
  private static final List<String> FAMILIES =
      List.of("default", "log", "inbox", "dedup", "expiry");
  private static final byte[] NOTHING = {};

  private final Deque<AutoCloseable> owned;
  private final RocksDB rocks;
  private final ColumnFamilyHandle log;
  private final ColumnFamilyHandle inbox;
  private final ColumnFamilyHandle dedup;
  private final ColumnFamilyHandle expiry;
  private final WriteBatch batch;
  private final WriteOptions synced;

  private RocksWriter(Deque<AutoCloseable> owned, RocksDB rocks, List<ColumnFamilyHandle> handles) {
    this.owned = owned;
    this.rocks = rocks;
    log = handles.get(FAMILIES.indexOf("log"));
    inbox = handles.get(FAMILIES.indexOf("inbox"));
    dedup = handles.get(FAMILIES.indexOf("dedup"));
    expiry = handles.get(FAMILIES.indexOf("expiry"));
    batch = own(owned, new WriteBatch(1 << 20));
    synced = own(owned, new WriteOptions().setSync(true));
  }

  static RocksWriter open(Path folder) throws RocksDBException, IOException {
    RocksDB.loadLibrary();
    Files.createDirectories(folder);
    Deque<AutoCloseable> owned = new ArrayDeque<>();
    BlockBasedTableConfig tables =
        new BlockBasedTableConfig()
            .setBlockCache(own(owned, new LRUCache(64 << 20)))
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFilterPolicy(own(owned, new BloomFilter(10)));
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (String family : FAMILIES) {
      ColumnFamilyOptions options =
          new ColumnFamilyOptions()
              .setWriteBufferSize(32 << 20)
              .setCompressionType(CompressionType.LZ4_COMPRESSION)
              .setTableFormatConfig(tables);
      descriptors.add(new ColumnFamilyDescriptor(family.getBytes(US_ASCII), own(owned, options)));
    }
    DBOptions options =
        own(owned, new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setAllowConcurrentMemtableWrite(false)
            .setDbWriteBufferSize(128 << 20)
            .setMaxTotalWalSize(256 << 20);
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    RocksDB rocks = own(owned, RocksDB.open(options, folder.toString(), descriptors, handles));
    handles.forEach(handle -> own(owned, handle));
    return new RocksWriter(owned, rocks, handles);
  }

  private static <T extends AutoCloseable> T own(Deque<AutoCloseable> owned, T resource) {
    owned.push(resource);
    return resource;
  }

  /** Makes a folder empty. */
  static Path emptied(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(folder);
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) throws SQLException {
    byte[] value = new byte[18 + payload.length];
    ByteBuffer.wrap(value).putLong(seq).putLong(timeMillis).putShort((short) 1).put(payload);
    put(log, key(stream, seq), value);
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) throws SQLException {
    byte[] value = new byte[22];
    ByteBuffer.wrap(value).putShort((short) 1).putShort((short) 1).putLong(logStream).putLong(seq);
    put(inbox, key(stream, position), value);
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis)
      throws SQLException {
    long expiresAt = timeMillis + RowShape.WINDOW_MILLIS;
    byte[] key = new byte[clientId.length + 16];
    ByteBuffer.wrap(key).put(clientId).putLong(sender).putLong(logStream);
    byte[] value = new byte[32];
    ByteBuffer.wrap(value)
        .putLong(clientId[35] * 0x9E3779B97F4A7C15L)
        .putLong(seq)
        .putLong(timeMillis)
        .putLong(expiresAt);
    put(dedup, key, value);
    byte[] index = new byte[8 + key.length];
    ByteBuffer.wrap(index).putLong(expiresAt).put(key);
    put(expiry, index, NOTHING);
  }

  private static byte[] key(long stream, long number) {
    byte[] key = new byte[16];
    ByteBuffer.wrap(key).putLong(stream).putLong(number);
    return key;
  }

  private void put(ColumnFamilyHandle family, byte[] key, byte[] value) throws SQLException {
    try {
      batch.put(family, key, value);
    } catch (RocksDBException e) {
      throw new SQLException(e);
    }
  }

  @Override
  public void commit() throws SQLException {
    try {
      rocks.write(synced, batch);
      batch.clear();
    } catch (RocksDBException e) {
      throw new SQLException(e);
    }
  }

  @Override
  public void close() throws SQLException {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        throw new SQLException(e);
      }
    }
  }
}
