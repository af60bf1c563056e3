package dev.restante.benchmarks;

import java.util.List;

/** A store with backlogs in it, as whoever drains them by hand uses it. */
interface BacklogAccess extends AutoCloseable {
  /**
   * A user's backlog.
   *
   * @param inbox a number for the inbox, as this access counts
   * @param logs numbers for the logs of the user's conversations
   */
  record Backlog(long inbox, long[] logs) {}

  /** How far a user came. */
  record Progressed(Backlog backlog, long position, boolean done) {}

  /** Writes backlogs anew. */
  List<Backlog> write(int users, int entries) throws Exception;

  /** For one thread that reads. */
  Reader reader() throws Exception;

  /** For the one thread that writes cursors, and removes what is done. */
  Acknowledger acknowledger() throws Exception;

  @Override
  void close() throws Exception;

  /** Reads pages. */
  interface Reader extends AutoCloseable {
    /** What was read, and where it ended. */
    record Page(List<?> rows, long last, boolean more) {}

    Page inbox(Backlog backlog, long after, int limit) throws Exception;

    Page log(long log, long after, int limit) throws Exception;

    @Override
    void close() throws Exception;
  }

  /** Writes cursors. */
  interface Acknowledger extends AutoCloseable {
    void acknowledge(List<Progressed> users) throws Exception;

    @Override
    void close() throws Exception;
  }
}
