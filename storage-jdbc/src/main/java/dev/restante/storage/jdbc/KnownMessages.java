package dev.restante.storage.jdbc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.restante.storage.LogRow;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Messages that pages of inboxes referred to more than once, so that they need not be looked up in
 * their log again: of a page's cost two thirds are these look-ups, and each member of a group reads
 * the same messages.
 *
 * <p><b>Right under failover.</b> A row of a log never changes under its number, as long as the
 * database loses no row that could be read. What is known therefore belongs to a generation of
 * {@link StreamIds}, which ends when that may have happened, and is used only for references that
 * came in one statement with the proof that the same incarnation of the database answered. Nothing
 * is learned but from a statement with that proof. A row that was trimmed is not brought back: the
 * floor of its log comes in that statement, too, with every reference.
 *
 * <p><b>Cheap where it does not help.</b> Most messages are read once, and to remember one costs as
 * much as a tenth of its look-up. So it is remembered when it is read for the second time: of the
 * first a fingerprint stays, in a table in which each takes the place of an older one. And a page
 * of which most messages would have to be looked up all the same is better read in one statement;
 * that is told from the last page of its inbox, or where there is none, from the last pages of all.
 *
 * <p>Safe for use by many threads. Fingerprints and shares are written without order: one that gets
 * lost costs a look-up.
 */
final class KnownMessages {
  /** Remembers nothing. */
  static final KnownMessages NONE = new KnownMessages(0, new Counts());

  /** Larger payloads are not remembered: one takes the room of hundreds of texts. */
  static final int LARGEST_PAYLOAD_BYTES = 16_384;

  /** What an entry takes in memory besides its payload, about. */
  private static final int ENTRY_BYTES = 200;

  private static final int BYTES_A_FINGERPRINT = 64;
  private static final int INBOXES = 1 << 14;
  private static final byte UNKNOWN = -1;

  /** From this share of known messages on, in percent, a page is read without its messages. */
  private static final int WORTH_IT = 50;

  private static final int PAGES_AVERAGED = 8;

  /** How often messages were known, over all generations of a store. */
  static final class Counts {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
  }

  private record Key(long log, long seq) {
    @Override
    public int hashCode() {
      return (int) (hash(log, seq) >>> 32);
    }
  }

  private final @Nullable Cache<Key, LogRow> rows;
  private final Counts counts;
  private final int[] seenOnce;
  private final byte[] shares;
  private volatile int usualShare;

  KnownMessages(int maxBytes, Counts counts) {
    this.counts = counts;
    if (maxBytes == 0) {
      rows = null;
      seenOnce = new int[0];
      shares = new byte[0];
      return;
    }
    rows =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((Key key, LogRow row) -> ENTRY_BYTES + row.payload().length)
            .executor(Runnable::run)
            .build();
    seenOnce = new int[Integer.highestOneBit(maxBytes / BYTES_A_FINGERPRINT + 1)];
    shares = new byte[INBOXES];
    Arrays.fill(shares, UNKNOWN);
  }

  @Nullable LogRow find(long log, long seq) {
    return rows == null ? null : rows.getIfPresent(new Key(log, seq));
  }

  /**
   * Takes a row that was read, if it was read before.
   *
   * @return whether it was known already, as far as that is cheap to tell
   */
  boolean read(long log, LogRow row) {
    if (rows == null || row.payload().length > LARGEST_PAYLOAD_BYTES) {
      return false;
    }
    long hash = hash(log, row.seq());
    int slot = (int) hash & (seenOnce.length - 1);
    int fingerprint = (int) (hash >>> 32);
    if (seenOnce[slot] != fingerprint) {
      seenOnce[slot] = fingerprint;
      return false;
    }
    return rows.asMap().putIfAbsent(new Key(log, row.seq()), row) != null;
  }

  /** Whether most messages of the next page of an inbox are likely to be known. */
  boolean expects(long inbox) {
    if (rows == null) {
      return false;
    }
    byte share = shares[slotOf(inbox)];
    return (share == UNKNOWN ? usualShare : share) >= WORTH_IT;
  }

  /**
   * A page of an inbox was read.
   *
   * @param referred how many messages came with its rows
   * @param known how many of them were known before
   * @param looked how many were looked up, known or not
   */
  void counted(long inbox, int referred, int known, int looked) {
    if (rows == null || referred == 0) {
      return;
    }
    counts.hits.add((long) referred - looked);
    counts.misses.add(looked);
    int share = 100 * known / referred;
    shares[slotOf(inbox)] = (byte) share;
    int usual = usualShare;
    usualShare = usual + (share - usual) / PAGES_AVERAGED;
  }

  private static int slotOf(long inbox) {
    return (int) (hash(inbox, 0) >>> 32) & (INBOXES - 1);
  }

  private static long hash(long log, long seq) {
    long mixed = (log * 0x9E3779B97F4A7C15L ^ seq) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 32;
  }
}
