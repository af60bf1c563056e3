package dev.restante.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.restante.api.UserId;
import dev.restante.storage.Commit;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Seals cursors with a key of the store, so that a cursor that a device brings back is one that
 * some node handed out to that user. It is believed as evidence that the store lost writes, which
 * concerns everybody; so it must not be possible to make one up. The seal is SipHash-2-4 (Aumasson,
 * Bernstein, 2012), a keyed function made for short inputs.
 */
final class CursorSeal {
  private static final int KEY_BYTES = 16;

  private final HashFunction function;

  private CursorSeal(StoredRecord key) {
    ByteBuffer bytes = ByteBuffer.wrap(key.payload());
    function = Hashing.sipHash24(bytes.getLong(), bytes.getLong());
  }

  /** The seal from records that were read together with {@link Keys#SEAL}; makes the key once. */
  static CursorSeal of(
      Store store, Map<RecordKey, StoredRecord> records, long nowMillis, RandomGenerator random) {
    StoredRecord key = records.get(Keys.SEAL);
    if (key == null) {
      byte[] fresh = new byte[KEY_BYTES];
      random.nextBytes(fresh);
      // Of two nodes that make one at once, one does not get it in; both use the one that is in.
      store.commit(Commit.ofRecords(nowMillis, List.of(RecordWrite.raise(Keys.SEAL, 1, fresh))));
      key = store.records(List.of(Keys.SEAL)).get(Keys.SEAL);
      if (key == null) {
        throw new IllegalStateException("the key of the cursors is gone as soon as it was written");
      }
    }
    return new CursorSeal(key);
  }

  /**
   * A number by which nodes on one store know each other, and which tells nothing of the key. No
   * cursor's seal is it: they are made of more bytes.
   */
  long fingerprint() {
    return function.hashInt(0).asLong();
  }

  long of(UserId user, CursorToken token) {
    return function
        .newHasher()
        .putLong(token.epoch())
        .putLong(token.position())
        .putLong(token.mark())
        .putInt(user.tenant().length())
        .putString(user.tenant(), UTF_8)
        .putString(user.value(), UTF_8)
        .hash()
        .asLong();
  }
}
