package dev.restante.storage.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.StreamKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of streams, as far as they are remembered. Only numbers that were read from committed
 * rows may enter: a number from a transaction that is rolled back could be given to another stream
 * later. For the same reason everything is forgotten when a connection is lost, since behind it may
 * now be a database that lost its last writes.
 *
 * <p>Safe for use by many threads. Eviction runs on the calling thread.
 */
final class StreamIds {
  private final Cache<StreamKey, Long> ids;
  private final Cache<Long, StreamKey> keys;

  StreamIds(long capacity) {
    ids = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
    keys = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
  }

  @Nullable Long id(StreamKey key) {
    return ids.getIfPresent(key);
  }

  @Nullable StreamKey key(long id) {
    return keys.getIfPresent(id);
  }

  void remember(Map<StreamKey, Long> committed) {
    ids.putAll(committed);
  }

  void rememberKeys(Map<Long, StreamKey> committed) {
    keys.putAll(committed);
  }

  void forgetAll() {
    ids.invalidateAll();
    keys.invalidateAll();
  }
}
