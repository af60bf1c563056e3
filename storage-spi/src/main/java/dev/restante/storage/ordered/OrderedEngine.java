package dev.restante.storage.ordered;

import dev.restante.storage.Moving;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import java.util.List;

/**
 * An open engine with the tables of a store in it: what an adapter implements. It is alone with its
 * data: as long as it is open, nobody else opens them, in this process or another one.
 *
 * <p>{@link OrderedStore} keeps its part: at most one thread writes, and holds no snapshot while it
 * does; snapshots and what they read may be many, on many threads, at any time; nothing is called
 * on an engine once {@link #close()} was, which comes when no call is under way and no snapshot
 * open. So an engine without versions of its own may use a lock that readers share and the writer
 * has alone.
 *
 * <p>Reading and closing fail with a {@link StoreException}, never with {@link
 * StoreException.Effect#UNKNOWN}.
 */
public interface OrderedEngine extends AutoCloseable {
  /**
   * What the store declares. {@link StoreInfo#shared()} is {@code false}, {@link
   * StoreInfo#locking()} is {@code true} and {@link StoreInfo#moving()} is {@link
   * Moving#IN_AND_OUT}: the base can do that.
   */
  StoreInfo info();

  /** Everything that was written before, as of now. */
  Snapshot snapshot();

  /**
   * Makes all of these changes or none, in one step: no snapshot sees a part, and what a crash
   * leaves behind is all or nothing. Once it has returned they are as durable as the store
   * declares, and every new snapshot sees them.
   *
   * @param changes what to change, tens of thousands at times; no two name the same key
   * @throws StoreException with {@link StoreException.Effect#TRANSIENT}, {@link
   *     StoreException.Effect#UNAVAILABLE} or {@link StoreException.Effect#FAULT} if nothing was
   *     written, nor ever will be; with {@link StoreException.Effect#UNKNOWN} if something may have
   *     been, or comes to light when the data are opened again. Any other exception counts as
   *     {@code UNKNOWN}. Then nothing more is written before the engine was closed and the data
   *     were opened anew
   */
  void write(List<Change> changes);

  /**
   * Whether the engine can go on. One that cannot, whatever broke it, is closed, and its data are
   * opened anew before the next call. Called by many threads, at any time, before each call of the
   * store: it does not wait.
   */
  default boolean usable() {
    return true;
  }

  /** Gives the data free. Called once. */
  @Override
  void close();
}
