package dev.restante.storage.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.StreamKey;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of streams, as far as they are remembered. Only numbers that were read from committed
 * rows may enter: a number from a transaction that is rolled back could be given to another stream
 * later.
 *
 * <p>A number is worth something only in the database that gave it out. After a failover to a
 * replica that was behind, or a restore, the row that a number was read from may be gone, and the
 * number may be given to another stream: a conversation would go on in the log of another one, of
 * another tenant perhaps. So numbers are remembered in <em>generations</em>. A call works with the
 * generation that it began with. When anything tells that the database is not what it was, that
 * generation is forgotten as a whole, and calls under way still write into the one that nobody will
 * ask again. What tells:
 *
 * <ul>
 *   <li>a connection is lost;
 *   <li>the database answers under another <em>incarnation</em> (see {@link
 *       Session#answeredBy(String)}), which every transaction on PostgreSQL asks: pools replace
 *       connections without telling anybody;
 *   <li>a number is found to stand for another stream or for none: {@link Op#FIND_STRAY}, and the
 *       reads of logs and inboxes.
 * </ul>
 *
 * <p>Safe for use by many threads. Eviction runs on the calling thread.
 */
final class StreamIds {
  private final long capacity;
  private final KnownMessages.Counts counts = new KnownMessages.Counts();
  private volatile int cachedMessageBytes;
  private volatile Generation current;

  StreamIds(long capacity) {
    this.capacity = capacity;
    this.current = newGeneration();
  }

  private Generation newGeneration() {
    return new Generation(capacity, this::newMessages);
  }

  private KnownMessages newMessages() {
    int maxBytes = cachedMessageBytes;
    return maxBytes == 0 ? KnownMessages.NONE : new KnownMessages(maxBytes, counts);
  }

  /** Has messages remembered by whoever reads them from now on; see {@link KnownMessages}. */
  void rememberMessages(int maxBytes) {
    cachedMessageBytes = maxBytes;
  }

  /** How often messages were known, in all generations. */
  KnownMessages.Counts counts() {
    return counts;
  }

  Generation current() {
    return current;
  }

  /** Forgets a generation, unless that was done already. */
  synchronized void forget(Generation generation) {
    if (current == generation) {
      current = newGeneration();
    }
  }

  /** Numbers of one and the same database. */
  static final class Generation {
    private final Cache<StreamKey, Long> ids;
    private final Cache<Long, StreamKey> keys;
    private final KnownGuards guards;
    private final KnownHeads heads;
    private final Supplier<KnownMessages> newMessages;
    private volatile @Nullable KnownMessages messages;
    private volatile @Nullable String incarnation;

    private Generation(long capacity, Supplier<KnownMessages> newMessages) {
      this.newMessages = newMessages;
      ids = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
      guards = new KnownGuards(capacity);
      heads = new KnownHeads(capacity);
      keys = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
    }

    @Nullable Long id(StreamKey key) {
      return ids.getIfPresent(key);
    }

    @Nullable StreamKey key(long id) {
      return keys.getIfPresent(id);
    }

    KnownGuards guards() {
      return guards;
    }

    KnownHeads heads() {
      return heads;
    }

    /**
     * The messages of this incarnation; none as long as it is not told, since then an answer proves
     * nothing. To be asked for before what is learned or answered with it is read. They take memory
     * from the first page on that asks: generations may come and go while nobody reads.
     */
    KnownMessages messages() {
      if (incarnation == null) {
        return KnownMessages.NONE;
      }
      KnownMessages made = messages;
      return made == null ? firstMessages() : made;
    }

    private synchronized KnownMessages firstMessages() {
      KnownMessages made = messages;
      if (made == null) {
        made = newMessages.get();
        messages = made;
      }
      return made;
    }

    void remember(Map<StreamKey, Long> committed) {
      ids.putAll(committed);
    }

    void rememberKeys(Map<Long, StreamKey> committed) {
      keys.putAll(committed);
    }

    /** The incarnation that the numbers are from; {@code null} as long as nobody has asked. */
    @Nullable String incarnation() {
      return incarnation;
    }

    /** Whether the numbers are from this incarnation; the first one that is told is theirs. */
    boolean isOf(String answering) {
      return answering.equals(incarnation) || answering.equals(firstTold(answering));
    }

    private synchronized String firstTold(String answering) {
      String known = incarnation;
      if (known != null) {
        return known;
      }
      incarnation = answering;
      return answering;
    }
  }
}
