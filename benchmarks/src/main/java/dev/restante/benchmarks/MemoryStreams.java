package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.restante.api.UserId;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The streams of a population as whoever writes by hand through the storage interface keeps them in
 * memory. Two threads may write at once if they share no stream.
 */
final class MemoryStreams {
  private static final int BATCH = 500;
  private static final int TYPE = 1;
  private static final int FORMAT = 1;

  private final Population population;
  private final StreamKey[] logs;
  private final StreamKey[] inboxes;
  private final long[] logHeads;
  private final long[] inboxHeads;

  MemoryStreams(Population population) {
    this.population = population;
    logs = new StreamKey[population.conversations()];
    inboxes = new StreamKey[population.users()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = StreamKey.log(UserId.DEFAULT_TENANT, population.conversation(i).key());
    }
    for (int i = 0; i < inboxes.length; i++) {
      inboxes[i] = StreamKey.inbox(UserId.DEFAULT_TENANT, population.user(i).value());
    }
    logHeads = new long[logs.length];
    inboxHeads = new long[inboxes.length];
  }

  void preload(Store store, int messages) {
    Messages source = new Messages(population, 11);
    SplittableRandom random = source.random();
    long time = System.currentTimeMillis() - RowShape.WINDOW_MILLIS / 2;
    for (int done = 0; done < messages; done += BATCH) {
      Batch batch = new Batch(source, time, false);
      for (int i = 0; i < BATCH; i++) {
        batch.add(random.nextInt(population.conversations()), random.nextInt(2));
      }
      batch.commit(store);
    }
  }

  Batch batch(Messages source, long timeMillis, boolean logOnly) {
    return new Batch(source, timeMillis, logOnly);
  }

  /** Messages that are committed together. */
  final class Batch {
    private final Messages source;
    private final long timeMillis;
    private final boolean logOnly;
    private final Map<Integer, List<LogRow>> logRows = new HashMap<>();
    private final Map<Integer, List<InboxRow>> inboxRows = new HashMap<>();
    private final List<DedupRow> dedups = new ArrayList<>();

    private Batch(Messages source, long timeMillis, boolean logOnly) {
      this.source = source;
      this.timeMillis = timeMillis;
      this.logOnly = logOnly;
    }

    void add(int conversation, int side) {
      int sender = population.member(conversation, side);
      int receiver = population.member(conversation, 1 - side);
      byte[] clientId = source.clientId(timeMillis);
      byte[] payload = source.payload(clientId, sender);
      long seq = ++logHeads[conversation];
      logRows
          .computeIfAbsent(conversation, any -> new ArrayList<>(2))
          .add(new LogRow(seq, seq, timeMillis, FORMAT, payload));
      if (logOnly) {
        return;
      }
      inboxRows
          .computeIfAbsent(receiver, any -> new ArrayList<>(2))
          .add(InboxRow.reference(++inboxHeads[receiver], TYPE, logs[conversation], seq));
      DedupKey key =
          new DedupKey(
              logs[conversation], population.user(sender).value(), new String(clientId, US_ASCII));
      dedups.add(
          new DedupRow(key, seq, seq, timeMillis, timeMillis + RowShape.WINDOW_MILLIS, false));
    }

    void commit(Store store) {
      List<LogAppend> logAppends = new ArrayList<>(logRows.size());
      logRows.forEach(
          (index, rows) ->
              logAppends.add(new LogAppend(logs[index], rows.get(0).seq() - 1, false, rows)));
      List<InboxAppend> inboxAppends = new ArrayList<>(inboxRows.size());
      inboxRows.forEach(
          (index, rows) ->
              inboxAppends.add(
                  new InboxAppend(inboxes[index], rows.get(0).position() - 1, false, rows)));
      CommitOutcome outcome =
          store.commit(
              new Commit(
                  timeMillis, false, logAppends, inboxAppends, dedups, List.of(), List.of()));
      if (!outcome.equals(CommitOutcome.COMMITTED)) {
        throw new IllegalStateException("not committed: " + outcome);
      }
    }
  }
}
