package dev.restante.benchmarks;

import dev.restante.storage.Store;
import dev.restante.storage.memory.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Messages put into a memory store by hand, through its commit, by two threads. */
final class RawMemorySubmit implements Variant, AutoCloseable {
  private static final int WRITERS = 2;

  private final String name;
  private final Population population;
  private final boolean logOnly;
  private final int batch;
  private final int preload;
  private final List<Messages> sources = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
  private @Nullable Store store;
  private @Nullable MemoryStreams streams;

  RawMemorySubmit(String name, Population population, boolean logOnly, int batch, int preload) {
    this.name = name;
    this.population = population;
    this.logOnly = logOnly;
    this.batch = batch;
    this.preload = preload;
    for (int i = 0; i < WRITERS; i++) {
      sources.add(new Messages(population, 1000 + i));
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void prepare(double seconds) {
    store = MemoryStorage.create().open(MemoryNodes.CONTEXT);
    streams = new MemoryStreams(population);
    streams.preload(store, preload);
    System.gc();
  }

  @Override
  public Round run(double seconds) throws Exception {
    Meter meter = Meter.start();
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    List<Future<Long>> written = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      int writer = i;
      written.add(threads.submit(() -> write(writer, deadline)));
    }
    long messages = 0;
    for (Future<Long> each : written) {
      messages += each.get();
    }
    return meter.stop(messages);
  }

  private long write(int number, long deadline) {
    Store to = store;
    MemoryStreams at = streams;
    if (to == null || at == null) {
      throw new IllegalStateException("not prepared");
    }
    Messages source = sources.get(number);
    SplittableRandom random = source.random();
    long messages = 0;
    while (System.nanoTime() - deadline < 0) {
      MemoryStreams.Batch rows = at.batch(source, System.currentTimeMillis(), logOnly);
      for (int i = 0; i < batch; i++) {
        int conversation = random.nextInt(population.conversations());
        while ((population.member(conversation, 0) & 1) != number) {
          conversation = random.nextInt(population.conversations());
        }
        rows.add(conversation, random.nextInt(2));
      }
      rows.commit(to);
      messages += batch;
    }
    return messages;
  }

  @Override
  public void finish() {
    store = null;
    streams = null;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
