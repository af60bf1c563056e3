package dev.restante.benchmarks;

import dev.restante.benchmarks.BacklogAccess.Acknowledger;
import dev.restante.benchmarks.BacklogAccess.Backlog;
import dev.restante.benchmarks.BacklogAccess.Progressed;
import dev.restante.benchmarks.BacklogAccess.Reader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Backlogs drained by hand: a few threads read page after page, one user at a time each, without
 * waiting for cursors; one thread writes the cursors, everything that came meanwhile in one commit,
 * and removes the rows of users who are done in the same commit.
 */
final class RawDrain implements Variant, AutoCloseable {
  private static final int PAGE = 100;

  private final BacklogAccess access;
  private final Sizing sizing;
  private final int readers;
  private final ExecutorService threads;
  private List<Backlog> backlogs = List.of();

  RawDrain(BacklogAccess access, Sizing sizing, int readers) {
    this.access = access;
    this.sizing = sizing;
    this.readers = readers;
    threads = Executors.newFixedThreadPool(readers + 1);
  }

  @Override
  public String name() {
    return "by hand";
  }

  @Override
  public void prepare(double seconds) throws Exception {
    backlogs = access.write(sizing.users(seconds), sizing.backlog());
  }

  /** The backlogs of the last round: their inboxes are empty, the logs are not. */
  List<Backlog> backlogs() {
    return backlogs;
  }

  @Override
  public Round run(double seconds) throws Exception {
    List<Reader> open = new ArrayList<>();
    try (Acknowledger acknowledger = access.acknowledger()) {
      for (int i = 0; i < readers; i++) {
        open.add(access.reader());
      }
      Meter meter = Meter.start();
      return meter.stop(drain(open, acknowledger));
    } finally {
      for (Reader reader : open) {
        reader.close();
      }
    }
  }

  private long drain(List<Reader> open, Acknowledger acknowledger) throws Exception {
    ConcurrentLinkedQueue<Backlog> waiting = new ConcurrentLinkedQueue<>(backlogs);
    LinkedBlockingQueue<Progressed> moved = new LinkedBlockingQueue<>();
    List<Future<Long>> read = new ArrayList<>();
    for (Reader reader : open) {
      read.add(threads.submit(() -> read(reader, waiting, moved)));
    }
    Future<Integer> acknowledged = threads.submit(() -> acknowledge(acknowledger, moved));
    long entries = 0;
    for (Future<Long> each : read) {
      entries += each.get();
    }
    acknowledged.get();
    if (entries != (long) backlogs.size() * sizing.backlog()) {
      throw new IllegalStateException("by hand " + entries + " entries were read");
    }
    return entries;
  }

  private static long read(
      Reader reader, ConcurrentLinkedQueue<Backlog> waiting, LinkedBlockingQueue<Progressed> moved)
      throws Exception {
    long entries = 0;
    for (Backlog backlog = waiting.poll(); backlog != null; backlog = waiting.poll()) {
      Reader.Page page = reader.inbox(backlog, 0, PAGE);
      entries += page.rows().size();
      while (page.more()) {
        moved.add(new Progressed(backlog, page.last(), false));
        page = reader.inbox(backlog, page.last(), PAGE);
        entries += page.rows().size();
      }
      moved.add(new Progressed(backlog, page.last(), true));
    }
    return entries;
  }

  private int acknowledge(Acknowledger acknowledger, LinkedBlockingQueue<Progressed> moved)
      throws Exception {
    int done = 0;
    List<Progressed> taken = new ArrayList<>();
    while (done < backlogs.size()) {
      taken.clear();
      taken.add(moved.take());
      moved.drainTo(taken);
      Map<Long, Progressed> newest = new LinkedHashMap<>();
      for (Progressed user : taken) {
        newest.put(user.backlog().inbox(), user);
        done += user.done() ? 1 : 0;
      }
      acknowledger.acknowledge(new ArrayList<>(newest.values()));
    }
    return done;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
