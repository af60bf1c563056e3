package dev.restante.storage;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * An open store. The numbered rules that an implementation keeps are in {@code
 * docs/spi/storage.md}; the contract suite in {@code restante-storage-tck} checks them.
 *
 * <p>Every method blocks, is one atomic step, and may be called by many threads at once; the core
 * owns the threads and holds no lock while it calls. A method either returns one of its named
 * outcomes or throws a {@link StoreException} that says what may have happened. Any method may
 * throw {@link StoreException.Effect#UNAVAILABLE}; only methods that write may throw {@link
 * StoreException.Effect#UNKNOWN}.
 */
public interface Store extends AutoCloseable {
  /** What the store declares about itself; the same for as long as it is open. */
  StoreInfo info();

  /**
   * Writes everything in the commit or nothing.
   *
   * <p>It is a {@link CommitOutcome.Conflict} if a stream's head is above the expected head, or is
   * not the expected head and {@code verify} is set; if a submit is remembered and not expired; if
   * a record does not have the version that a write or guard asks for. A head may be above the
   * expected one although no row has the number that is to be appended: it was trimmed, or
   * compacted away.
   *
   * <p>One that appends may be a conflict with {@link CommitOutcome.Cause#HEAD} although all heads
   * are as expected, for as long as the store lets a {@link #commitLocked} of somebody else go
   * first, which is moments.
   *
   * <p>Left open: an append above the head without {@code verify}, which callers never ask for, may
   * be a conflict or leave a gap.
   */
  CommitOutcome commit(Commit commit);

  /**
   * Locks streams against every other call of this method, tells the plan their heads, and writes
   * what it returns, all in one step. For streams that nodes keep fighting over. A {@link #commit}
   * may still come first, or have come since the store learned of a head; the outcome is then a
   * conflict. If the plan throws, nothing is written, the locks are gone, and the exception reaches
   * the caller. What the plan returns is checked like any other commit.
   *
   * @throws UnsupportedOperationException if {@link StoreInfo#locking()} is {@code false}
   */
  CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan);

  /**
   * The heads of streams, in the order asked for. An unknown stream is {@link StreamHead#EMPTY}.
   */
  List<StreamHead> heads(List<StreamKey> streams);

  /**
   * The remembered submits among those asked for, expired ones too. {@link
   * DedupRow#replacesExpired()} means nothing in what is returned.
   */
  Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys);

  /** Part of a log. */
  LogSlice readLog(LogRange range);

  /**
   * Part of an inbox: rows with positions above {@code after}, each with the log row it refers to.
   * The read is prefix-consistent: it never shows a row and misses an earlier one. A read that no
   * limit cut short has scanned to the head.
   *
   * @param after the position that the reader has; it may be below the floor or above the head
   * @param limit the most rows to return, 1 or more
   * @param maxBytes the most payload bytes (of inbox and log rows together) to return; the first
   *     row is returned whatever its size
   */
  InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes);

  /** The stored ones among the records asked for. */
  Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys);

  /**
   * Records of one partition and space with ids above {@code afterId}, in order of the ids' UTF-8
   * bytes (unsigned).
   *
   * @param afterId where to go on; empty to begin. A record whose id is empty is never listed
   * @param limit the most records to return, 1 or more
   */
  List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit);

  /**
   * Removes the oldest rows of streams and raises their floors, each stream in one step. The floor
   * keeps the ordinal and time of the last row removed.
   *
   * @param maxRows the most rows to remove in one stream; the floor then stops at the last row
   *     removed, and the caller comes again
   * @return the floor of each stream afterwards, in the order asked for
   */
  List<Long> trim(List<Trim> trims, int maxRows);

  /**
   * Removes expired dedup rows, in several steps. Where it fails, whatever the effect is said to
   * be, some may have been removed, at most {@code limit}; to call it again does no harm.
   *
   * @param nowMillis rows whose expiry is not after this moment go
   * @param limit the most rows to remove
   * @return how many were removed
   */
  int removeExpiredDedups(long nowMillis, int limit);

  /**
   * Names everything that the store holds, page by page: for moving it to another store. Every
   * stream with a head above 0, every dedup row and every record that is there from the first page
   * to the last is named, once or more often; what comes or goes meanwhile may be named or not.
   *
   * @param from where to go on, which is {@link WalkPage#next()} of the page before, of this handle
   *     or of any other one on the same data, however long ago; empty to begin
   * @param limit how many names a page should have, 1 or more; a page may have some more or fewer,
   *     none at all too, where the engine does not count so exactly
   * @throws UnsupportedOperationException if {@link StoreInfo#moving()} is {@link Moving#NO}
   * @throws IllegalArgumentException if no page of such a store ended there
   */
  WalkPage walk(String from, int limit);

  /**
   * How often messages were found in memory, where a store remembers some of those that it read; it
   * may not answer a read otherwise because of that. Blocks for nothing, and may be called when the
   * store is closed.
   */
  default MessageCacheCounts messageCache() {
    return MessageCacheCounts.NONE;
  }

  /**
   * Closes what the store itself opened. Calls under way may fail; later ones throw {@link
   * StoreException.Effect#FAULT}, except for {@link #info()}. Closing twice is harmless, and other
   * stores opened on the same data are not affected.
   */
  @Override
  void close();
}
