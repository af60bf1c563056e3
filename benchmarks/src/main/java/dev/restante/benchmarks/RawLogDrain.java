package dev.restante.benchmarks;

import dev.restante.benchmarks.BacklogAccess.Backlog;
import dev.restante.benchmarks.BacklogAccess.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The log's rows alone read by hand, conversation by conversation: those of the last backlogs that
 * were drained by hand. No inbox, no cursor, nothing removed.
 */
final class RawLogDrain implements Variant, AutoCloseable {
  private static final int PAGE = 100;

  private final BacklogAccess access;
  private final RawDrain raw;
  private final Sizing sizing;
  private final int readers;
  private final ExecutorService threads;

  RawLogDrain(BacklogAccess access, RawDrain raw, Sizing sizing, int readers) {
    this.access = access;
    this.raw = raw;
    this.sizing = sizing;
    this.readers = readers;
    threads = Executors.newFixedThreadPool(readers);
  }

  @Override
  public String name() {
    return "log by hand";
  }

  @Override
  public Round run(double seconds) throws Exception {
    List<Reader> open = new ArrayList<>();
    try {
      for (int i = 0; i < readers; i++) {
        open.add(access.reader());
      }
      Meter meter = Meter.start();
      ConcurrentLinkedQueue<Backlog> waiting = new ConcurrentLinkedQueue<>(raw.backlogs());
      List<Future<Long>> read = new ArrayList<>();
      for (Reader reader : open) {
        read.add(threads.submit(() -> read(reader, waiting)));
      }
      long entries = 0;
      for (Future<Long> each : read) {
        entries += each.get();
      }
      if (entries != (long) raw.backlogs().size() * sizing.backlog()) {
        throw new IllegalStateException("by hand " + entries + " rows of logs were read");
      }
      return meter.stop(entries);
    } finally {
      for (Reader reader : open) {
        reader.close();
      }
    }
  }

  private static long read(Reader reader, ConcurrentLinkedQueue<Backlog> waiting) throws Exception {
    long entries = 0;
    for (Backlog backlog = waiting.poll(); backlog != null; backlog = waiting.poll()) {
      for (long log : backlog.logs()) {
        Reader.Page page = reader.log(log, 0, PAGE);
        entries += page.rows().size();
        while (page.more()) {
          page = reader.log(log, page.last(), PAGE);
          entries += page.rows().size();
        }
      }
    }
    return entries;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
