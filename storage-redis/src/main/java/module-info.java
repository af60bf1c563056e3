/** A store on Redis: standalone, behind Sentinel, or a cluster. */
module dev.restante.storage.redis {
  requires transitive dev.restante.storage;
  requires transitive lettuce.core;
  requires static org.jspecify;

  exports dev.restante.storage.redis;

  provides dev.restante.storage.StorageProvider with
      dev.restante.storage.redis.RedisStorageProvider;
}
