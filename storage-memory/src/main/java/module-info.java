/** The reference store. It keeps everything in the memory of one process and forgets it there. */
module dev.restante.storage.memory {
  requires transitive dev.restante.storage;
  requires static org.jspecify;

  exports dev.restante.storage.memory;

  provides dev.restante.storage.StorageProvider with
      dev.restante.storage.memory.MemoryStorageProvider;
}
