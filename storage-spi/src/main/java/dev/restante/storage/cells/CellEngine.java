package dev.restante.storage.cells;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogSlice;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The steps that {@link CellStore} puts a store together from: what an adapter implements.
 *
 * <p>A cell holds its content and at most one <em>intent</em>: what a transaction will make of it.
 * While an intent is there the content does not change; the intent goes by {@link #settle} alone. A
 * transaction has a <em>record</em>, which says where it stands, and names its cells and what it is
 * guarded on.
 *
 * <p>Every method blocks and is called by many threads at once. It fails with a {@link
 * StoreException}; {@link StoreException.Effect#UNKNOWN} means that it may have been done, in part
 * or later. All that is asked of an engine is that a step is one step: it is done once, or not at
 * all, on the content that it looked at, as durable as the store declares when it returns, and seen
 * by every look that begins afterwards, on every node.
 */
public interface CellEngine extends AutoCloseable {
  /** What the store declares. {@link StoreInfo#locking()} is {@code true}. */
  StoreInfo info();

  /** Whether each record is a cell of its own, rather than part of its partition's. */
  boolean recordsApart();

  /** Why the engine will never take a commit, by sizes and forms alone; nothing if it will. */
  Optional<Refused> refusal(Commit commit);

  // ---- writing ---------------------------------------------------------------------------------

  /**
   * A name that no transaction on any node ever had. Of two that are in each other's way the one
   * with the greater name gives way.
   */
  String newTransaction();

  /**
   * Checks and writes a part in one step, without a record. Does nothing in a cell that holds an
   * intent.
   */
  Step apply(Part part);

  /**
   * Takes cells for a transaction: checks each part and leaves it in its cell as an intent, in one
   * step a cell, in the order of the list from an index on, up to the first that cannot be taken.
   * Cells behind that one may be taken, too, in passing, and are given back before this returns.
   * From index 0 on it first makes the record, pending; no intent is there before the record. That
   * happens once for each transaction.
   *
   * <p>A part that {@linkplain Part#guardsAlone() guards alone} takes no cell. It is looked at, in
   * one step, after the record was made, and is blocked by an intent that changes a record which it
   * guards. Any cells may be taken then, before it and behind it.
   *
   * @param parts all parts of the transaction, in the order of their cells
   * @param from the index of the first cell to take; the ones before it are taken already
   * @param until the index behind the last cell to take
   */
  Step prepare(String transaction, List<Part> parts, int from, int until);

  /**
   * Decides a transaction unless it is decided already, in one conditional step on its record.
   *
   * @param wanted {@link Decision#COMMITTED} or {@link Decision#ABORTED}
   * @return what is so afterwards, never {@link Decision#PENDING}; {@link Decision#GONE} if there
   *     is no record, and then none is made
   */
  Decision decide(String transaction, Decision wanted);

  /**
   * Aborts transactions unless they are decided already, each as {@link #decide} does. An engine
   * that can takes these steps all at once: a commit may have as many others in its way as are
   * under way. When this returns each of them is decided or gone: who is not committed by then
   * never will be.
   *
   * @param transactions at least one
   */
  default void abort(Collection<String> transactions) {
    transactions.forEach(transaction -> decide(transaction, Decision.ABORTED));
  }

  /**
   * Where transactions stand: one entry for each that was asked for. What is told is as durable as
   * the store declares, and {@link Decision#GONE} is told only of a record that was not there after
   * the caller had met the intent.
   */
  Map<String, Decision> decisions(Collection<String> transactions);

  /**
   * Takes the intents of a transaction out of cells, each in one step: makes the cell's content
   * what the intent says, or leaves it as it is. A cell without an intent of this transaction stays
   * as it is, so that any number of helpers may do the same at any time.
   *
   * @param committed whether the transaction is committed
   */
  void settle(String transaction, boolean committed, List<Cell> cells);

  /** Removes the record of a transaction; harmless if there is none. */
  void forget(String transaction);

  /**
   * Transactions that have a record, oldest first as far as the engine can tell: all that had one
   * when this was called, and still have it, up to the limit. What is told is as durable as the
   * store declares: a place that may have missed records does not answer.
   *
   * @param limit the most to return
   */
  List<Unfinished> unfinished(int limit);

  /**
   * Waits a little for other transactions, longer with every time; ends early when the engine is
   * closed. {@link Pauses} does that.
   *
   * @param nth how often it was waited for the same before, from 0 on
   */
  void pause(int nth);

  // ---- reading ---------------------------------------------------------------------------------

  /** Heads, as {@link dev.restante.storage.Store#heads}. */
  Seen<List<StreamHead>> heads(List<StreamKey> streams);

  /** Remembered submits, as {@link dev.restante.storage.Store#dedups}. */
  Seen<Map<DedupKey, DedupRow>> dedups(Collection<DedupKey> keys);

  /** Part of a log, as {@link dev.restante.storage.Store#readLog}. */
  Seen<LogSlice> readLog(LogRange range);

  /**
   * Part of an inbox, as {@link dev.restante.storage.Store#readInbox}. It looks at the inbox first
   * and at the logs afterwards; an intent in a log counts as met only if a row that was looked for
   * is not there.
   */
  Seen<InboxSlice> readInbox(StreamKey inbox, long after, int limit, long maxBytes);

  /** Records, as {@link dev.restante.storage.Store#records}. */
  Seen<Map<RecordKey, StoredRecord>> records(Collection<RecordKey> keys);

  /** Records in order, as {@link dev.restante.storage.Store#list}. */
  Seen<List<StoredRecord>> list(StreamKey partition, String space, String afterId, int limit);

  /**
   * Names of what there is, as {@link dev.restante.storage.Store#walk}. Heeds no intents but those
   * of streams and records that are there for an intent alone, which are named too.
   *
   * @throws UnsupportedOperationException if {@link StoreInfo#moving()} is {@link Moving#NO}
   */
  default WalkPage walk(String from, int limit) {
    throw new UnsupportedOperationException(info().name() + " cannot be moved");
  }

  // ---- removing --------------------------------------------------------------------------------

  /**
   * Trims one stream, as {@link dev.restante.storage.Store#trim}, and returns its floor. If an
   * intent is met, nothing was done.
   */
  Seen<Long> trim(Trim trim, int maxRows);

  /** Sweeps, as {@link dev.restante.storage.Store#removeExpiredDedups}. Heeds no intents. */
  int removeExpiredDedups(long nowMillis, int limit);

  /** Closes what the engine opened. Called once. */
  @Override
  void close();
}
