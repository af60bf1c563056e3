package dev.restante.benchmarks;

import dev.restante.Restante;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Users come back and catch up through the library: so many sessions at once, each acknowledging
 * every page. A round ends when the last acknowledgement is durable.
 */
final class LibraryDrain implements Variant {
  private static final long LONGEST_MICROS = 600_000_000;
  private static final long ROUND_LIMIT_SECONDS = 300;
  private static final long TRIM_LIMIT_NANOS = 30_000_000_000L;

  private final Nodes nodes;
  private final String name;
  private final Sizing sizing;
  private final Missed missed;
  private final int sessions;
  private final Progress progress;
  private final Recorder latencies = new Recorder(LONGEST_MICROS, 3);
  private final Failures failures = new Failures();
  private List<Away> users = List.of();
  private long trimmedBefore;

  /**
   * @param name what the variant is called
   * @param members how many users share a group in which all that they missed was said; 0 if each
   *     was written to in conversations of his own
   */
  LibraryDrain(
      String name,
      Nodes nodes,
      Population population,
      Sizing sizing,
      int sessions,
      int members,
      Progress progress) {
    this.name = name;
    this.nodes = nodes;
    this.missed = new Missed(population, name, members, failures);
    this.sizing = sizing;
    this.sessions = sessions;
    this.progress = progress;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void prepare(double seconds) throws Exception {
    nodes.prepare();
    Restante restante = nodes.node();
    users = missed.write(restante, sizing.users(seconds), sizing.backlog());
    trimmedBefore = restante.counters().trimmedRows();
    nodes.prepared();
  }

  @Override
  public Round run(double seconds) throws Exception {
    latencies.reset();
    Meter meter = Meter.start();
    Drain drain = new Drain(nodes.node());
    drain.start();
    drain.await();
    Round round = meter.stop((long) users.size() * sizing.backlog());
    failures.check();
    long expected = round.operations() + (long) users.size() * missed.entriesBesides();
    if (drain.entries.sum() != expected) {
      throw new IllegalStateException(
          "delivered " + drain.entries.sum() + " entries, not " + expected);
    }
    sizing.measured(round);
    awaitTrims(expected);
    return round;
  }

  /** What the library removes behind the acknowledgements may take longer than the drain. */
  private void awaitTrims(long rows) {
    Restante restante = nodes.node();
    long atEnd = restante.counters().trimmedRows() - trimmedBefore;
    long began = System.nanoTime();
    while (restante.counters().trimmedRows() - trimmedBefore < rows
        && System.nanoTime() - began < TRIM_LIMIT_NANOS) {
      LockSupport.parkNanos(1_000_000);
    }
    progress.say(
        "trimmed at the end of the round %.0f %%, %.2f s later %.0f %%",
        100.0 * atEnd / rows,
        (System.nanoTime() - began) / 1e9,
        100.0 * (restante.counters().trimmedRows() - trimmedBefore) / rows);
  }

  @Override
  public void finish() throws Exception {
    nodes.finish();
  }

  /** From connecting to the last acknowledgement, for each device, in microseconds. */
  Histogram latencies() {
    return latencies.getIntervalHistogram();
  }

  /** One round. */
  private final class Drain {
    private final Restante restante;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch done = new CountDownLatch(users.size());
    private final LongAdder entries = new LongAdder();

    Drain(Restante restante) {
      this.restante = restante;
    }

    void start() {
      for (int i = 0; i < sessions; i++) {
        connectNext();
      }
    }

    void connectNext() {
      int index = next.getAndIncrement();
      if (index < users.size()) {
        CatchUp catchUp = new CatchUp(this);
        catchUp.connected.complete(
            restante.sync().connect(users.get(index).device(), SyncPolicy.everything(), catchUp));
      }
    }

    void await() throws InterruptedException {
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(ROUND_LIMIT_SECONDS);
      while (!done.await(100, TimeUnit.MILLISECONDS)) {
        failures.check();
        if (System.nanoTime() - limit > 0) {
          throw new IllegalStateException(done.getCount() + " users did not catch up");
        }
      }
    }
  }

  /** One device that catches up. */
  private final class CatchUp implements Flow.Subscriber<Delivery> {
    private final Drain drain;
    private final long began = System.nanoTime();
    private final CompletableFuture<DeviceSession> connected = new CompletableFuture<>();
    private final CompletionStage<DeviceSession> session = connected;
    // One for "caught up", and one for each page that is not acknowledged yet.
    private final AtomicInteger awaited = new AtomicInteger(1);

    CatchUp(Drain drain) {
      this.drain = drain;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Delivery delivery) {
      if (delivery instanceof Delivery.Page page) {
        drain.entries.add(page.entries().size());
        awaited.incrementAndGet();
        acknowledge(page.cursor());
      } else if (delivery instanceof Delivery.CaughtUp) {
        countDown();
      } else {
        failures.note(new IllegalStateException("not expected: " + delivery));
      }
    }

    private void acknowledge(Cursor cursor) {
      session
          .thenCompose(open -> open.acknowledge(cursor))
          .whenComplete(
              (result, error) -> {
                failures.note(result, error);
                countDown();
              });
    }

    private void countDown() {
      if (awaited.decrementAndGet() == 0) {
        latencies.recordValue((System.nanoTime() - began) / 1_000);
        session.thenAccept(DeviceSession::close);
        drain.connectNext();
        drain.done.countDown();
      }
    }

    @Override
    public void onError(Throwable error) {
      failures.note(error);
    }

    @Override
    public void onComplete() {
      // The session was closed from here.
    }
  }
}
