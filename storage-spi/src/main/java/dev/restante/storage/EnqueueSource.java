package dev.restante.storage;

/**
 * Where the host's own transactions leave drafts, and a relay takes them from when they are
 * committed. It lies in the host's database, which need not be the one of the {@link Store}.
 *
 * @param <T> what stands for a transaction of the host, such as a {@code java.sql.Connection}
 */
public interface EnqueueSource<T> {
  /** What this is and where it points to, for logs and error messages; without secrets. */
  String description();

  /**
   * Writes one row as part of a transaction that is under way, on the caller's thread. The row
   * shares the fate of the transaction, which is neither committed nor rolled back here. What one
   * transaction enqueues is numbered in the order of the calls, and so is what is enqueued after a
   * call has returned, by whichever transaction.
   *
   * @throws IllegalStateException if no transaction is under way
   * @throws StoreException if the database does not take it: the transaction is to be rolled back
   */
  void enqueue(T transaction, EnqueuedDraft draft);

  /**
   * Opens it for a relay and brings its schema up to date, safely with other nodes doing the same.
   *
   * @throws StoreException as {@link Storage#open} does
   */
  EnqueueTable open(StoreContext context);
}
