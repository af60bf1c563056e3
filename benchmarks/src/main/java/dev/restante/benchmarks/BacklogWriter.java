package dev.restante.benchmarks;

import dev.restante.benchmarks.BacklogAccess.Backlog;
import java.util.ArrayList;
import java.util.List;

/** Makes backlogs of streams that nothing else uses, and writes their rows by hand. */
final class BacklogWriter {
  /** Numbers of streams that no other stream has. */
  private static final long FIRST_STREAM = 1L << 40;

  private final Messages source;
  private final int users;
  private final int rowsACommit;
  private long nextStream = FIRST_STREAM;

  BacklogWriter(Population population, int rowsACommit) {
    this.source = new Messages(population, 77);
    this.users = population.users();
    this.rowsACommit = rowsACommit;
  }

  List<Backlog> make(int count) {
    List<Backlog> backlogs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long[] logs = new long[Away.SENDERS];
      for (int j = 0; j < logs.length; j++) {
        logs[j] = nextStream++;
      }
      backlogs.add(new Backlog(nextStream++, logs));
    }
    return backlogs;
  }

  /** Writes all of them together, as they would have come. */
  void write(RowWriter writer, List<Backlog> backlogs, int entries) throws Exception {
    int rows = 0;
    for (int i = 0; i < entries; i++) {
      for (Backlog backlog : backlogs) {
        write(writer, backlog, i);
        if (++rows % rowsACommit == 0) {
          writer.commit();
        }
      }
    }
    writer.commit();
  }

  private void write(RowWriter writer, Backlog backlog, int number) throws Exception {
    long time = System.currentTimeMillis();
    int sender = (int) ((backlog.inbox() + number) % users);
    long log = backlog.logs()[number % Away.SENDERS];
    long seq = 1L + number / Away.SENDERS;
    byte[] clientId = source.clientId(time);
    writer.log(log, seq, time, source.payload(clientId, sender));
    writer.inbox(backlog.inbox(), number + 1L, log, seq);
    writer.dedup(clientId, 1L + sender, log, seq, time);
  }
}
