package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Messages submitted to the library by a few threads, with so many under way at once. */
final class LibrarySubmit implements Variant, AutoCloseable {
  private static final long LONGEST_MICROS = 600_000_000;
  private static final int DIGITS = 3;
  private static final long PACE_NANOS = 200_000;

  private final String name;
  private final BiConsumer<Draft, Acknowledgement> acknowledged;
  private final Nodes nodes;
  private final int outstandingEach;
  private final List<Drafts> drafts = new ArrayList<>();
  private final ExecutorService threads;
  private final Recorder latencies = new Recorder(LONGEST_MICROS, DIGITS);
  private final Failures failures = new Failures();

  LibrarySubmit(Nodes nodes, Population population, int producers, int outstanding) {
    this("library", nodes, population, producers, outstanding, (draft, acknowledgement) -> {});
  }

  /**
   * @param acknowledged is told of every message and its acknowledgement, by any thread
   */
  LibrarySubmit(
      String name,
      Nodes nodes,
      Population population,
      int producers,
      int outstanding,
      BiConsumer<Draft, Acknowledgement> acknowledged) {
    this.name = name;
    this.acknowledged = acknowledged;
    this.nodes = nodes;
    outstandingEach = Math.max(1, outstanding / producers);
    threads = Executors.newFixedThreadPool(producers);
    for (int i = 0; i < producers; i++) {
      drafts.add(new Drafts(population, 500 + i));
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void prepare(double seconds) throws Exception {
    nodes.prepare();
  }

  @Override
  public void finish() throws Exception {
    nodes.finish();
  }

  /** As many as the library takes: a new submit for each acknowledgement. */
  @Override
  public Round run(double seconds) throws Exception {
    latencies.reset();
    Meter meter = Meter.start();
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    List<Future<Long>> submitted = new ArrayList<>();
    for (int i = 0; i < drafts.size(); i++) {
      Restante restante = nodes.node(i);
      Drafts source = drafts.get(i);
      submitted.add(threads.submit(() -> submit(restante, source, deadline)));
    }
    long messages = 0;
    for (Future<Long> each : submitted) {
      messages += each.get();
    }
    Round round = meter.stop(messages);
    failures.check();
    return round;
  }

  /** The time from submit to acknowledgement in the round just run, in microseconds. */
  Histogram latencies() {
    return latencies.getIntervalHistogram();
  }

  private long submit(Restante restante, Drafts source, long deadline) {
    Gate gate = new Gate(outstandingEach);
    long messages = 0;
    while (System.nanoTime() - deadline < 0 && !failures.any()) {
      gate.enter();
      submit(restante, source.next(), gate, System.nanoTime());
      messages++;
    }
    gate.awaitEmpty();
    return messages;
  }

  private void submit(Restante restante, Draft draft, Gate gate, long sinceNanos) {
    restante
        .messages()
        .submit(draft)
        .whenComplete(
            (result, error) -> {
              latencies.recordValue((System.nanoTime() - sinceNanos) / 1_000);
              failures.note(result, error);
              if (result != null && result.isOk()) {
                acknowledged.accept(draft, result.orThrow());
              }
              gate.leave();
            });
  }

  /**
   * So many a second, whether or not they are acknowledged in time; each one's latency counts from
   * the moment when its turn was.
   */
  Histogram paced(double perSecond, double seconds) {
    Restante restante = nodes.node();
    Gate gate = new Gate(Integer.MAX_VALUE);
    latencies.reset();
    Drafts source = drafts.get(0);
    long start = System.nanoTime();
    long total = (long) (perSecond * seconds);
    long sent = 0;
    while (sent < total && !failures.any()) {
      long due = (long) ((System.nanoTime() - start) * perSecond / 1e9);
      while (sent < Math.min(due, total)) {
        submit(restante, source.next(), gate, start + (long) (sent * 1e9 / perSecond));
        sent++;
      }
      LockSupport.parkNanos(PACE_NANOS);
    }
    gate.awaitEmpty();
    failures.check();
    return latencies.getIntervalHistogram();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
