package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.restante.api.UserId;
import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;

/** Backlogs in a memory store, used through the storage interface. */
final class MemoryBacklogs implements BacklogAccess {
  private static final int TYPE = 1;
  private static final int FORMAT = 1;
  private static final long MAX_BYTES = 256 * 1024;

  private final Messages source;
  private final int users;
  private Store store = MemoryStorage.create().open(MemoryNodes.CONTEXT);

  MemoryBacklogs(Population population) {
    source = new Messages(population, 77);
    users = population.users();
  }

  private static StreamKey inbox(long number) {
    return StreamKey.inbox(UserId.DEFAULT_TENANT, "away-raw-" + number);
  }

  private static StreamKey log(long number) {
    return StreamKey.log(UserId.DEFAULT_TENANT, "away-raw-" + number);
  }

  /** One inbox and its logs a commit: what is measured reads them in the same order anyway. */
  @Override
  public List<Backlog> write(int count, int entries) {
    store = MemoryStorage.create().open(MemoryNodes.CONTEXT);
    List<Backlog> backlogs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long[] logs = new long[Away.SENDERS];
      for (int j = 0; j < logs.length; j++) {
        logs[j] = (long) i * Away.SENDERS + j;
      }
      backlogs.add(new Backlog(i, logs));
    }
    backlogs.forEach(backlog -> write(backlog, entries));
    System.gc();
    return backlogs;
  }

  private void write(Backlog backlog, int entries) {
    long time = System.currentTimeMillis();
    List<List<LogRow>> logRows = new ArrayList<>();
    for (int i = 0; i < Away.SENDERS; i++) {
      logRows.add(new ArrayList<>());
    }
    List<InboxRow> inboxRows = new ArrayList<>();
    List<DedupRow> dedups = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      StreamKey log = log(backlog.logs()[i % Away.SENDERS]);
      long seq = 1L + i / Away.SENDERS;
      byte[] clientId = source.clientId(time);
      byte[] payload = source.payload(clientId, i % users);
      logRows.get(i % Away.SENDERS).add(new LogRow(seq, seq, time, FORMAT, payload));
      inboxRows.add(InboxRow.reference(i + 1L, TYPE, log, seq));
      DedupKey key = new DedupKey(log, "sender", new String(clientId, US_ASCII));
      dedups.add(new DedupRow(key, seq, seq, time, time + RowShape.WINDOW_MILLIS, false));
    }
    List<LogAppend> logs = new ArrayList<>();
    for (int i = 0; i < Away.SENDERS; i++) {
      if (!logRows.get(i).isEmpty()) {
        logs.add(new LogAppend(log(backlog.logs()[i]), 0, false, logRows.get(i)));
      }
    }
    store.commit(
        new Commit(
            time,
            false,
            logs,
            List.of(new InboxAppend(inbox(backlog.inbox()), 0, false, inboxRows)),
            dedups,
            List.of(),
            List.of()));
  }

  @Override
  public Reader reader() {
    return new MemoryReader(store);
  }

  @Override
  public Acknowledger acknowledger() {
    return new MemoryAcknowledger(store);
  }

  @Override
  public void close() {
    store.close();
  }

  private record MemoryReader(Store store) implements Reader {
    @Override
    public Page inbox(Backlog backlog, long after, int limit) {
      InboxSlice slice =
          store.readInbox(MemoryBacklogs.inbox(backlog.inbox()), after, limit, MAX_BYTES);
      return new Page(slice.items(), slice.scannedTo(), slice.more());
    }

    @Override
    public Page log(long log, long after, int limit) {
      LogSlice slice =
          store.readLog(
              new LogRange(
                  MemoryBacklogs.log(log), after + 1, Long.MAX_VALUE, false, limit, MAX_BYTES));
      int rows = slice.rows().size();
      return new Page(
          slice.rows(), rows == 0 ? after : slice.rows().get(rows - 1).seq(), slice.more());
    }

    @Override
    public void close() {
      // The store is closed by whoever opened it.
    }
  }

  private record MemoryAcknowledger(Store store) implements Acknowledger {
    @Override
    public void acknowledge(List<Progressed> moved) {
      List<RecordWrite> cursors = new ArrayList<>(moved.size());
      List<Trim> trims = new ArrayList<>();
      for (Progressed user : moved) {
        StreamKey inbox = MemoryBacklogs.inbox(user.backlog().inbox());
        cursors.add(
            RecordWrite.raise(
                new RecordKey(inbox, "cursor", "phone"), user.position(), new byte[9]));
        if (user.done()) {
          trims.add(new Trim(inbox, user.position()));
        }
      }
      store.commit(Commit.ofRecords(System.currentTimeMillis(), cursors));
      if (!trims.isEmpty()) {
        store.trim(trims, Integer.MAX_VALUE);
      }
    }

    @Override
    public void close() {
      // The store is closed by whoever opened it.
    }
  }
}
