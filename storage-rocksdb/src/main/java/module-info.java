/** The fast embedded store: RocksDB in a folder, used by one process. */
module dev.restante.storage.rocksdb {
  requires transitive dev.restante.storage;
  requires rocksdbjni;
  requires static org.jspecify;

  exports dev.restante.storage.rocksdb;

  provides dev.restante.storage.StorageProvider with
      dev.restante.storage.rocksdb.RocksStorageProvider;
}
