package dev.restante.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Messages written by hand: each writer has a connection and streams of its own, and commits a
 * batch after the other.
 */
final class RawSubmit implements Variant, AutoCloseable {
  /** Opens a connection for one writer. */
  @FunctionalInterface
  interface Writers {
    RowWriter open() throws Exception;
  }

  private final String name;
  private final Population population;
  private final Streams streams;
  private final boolean logOnly;
  private final int batch;
  private final List<RowWriter> writers = new ArrayList<>();
  private final List<Messages> sources = new ArrayList<>();
  private final ExecutorService threads;

  RawSubmit(
      String name,
      Population population,
      Streams streams,
      boolean logOnly,
      int writerCount,
      int batch,
      Writers opener)
      throws Exception {
    if (writerCount != 1 && writerCount != 2) {
      throw new IllegalArgumentException("by hand 1 or 2 writers, not " + writerCount);
    }
    this.name = name;
    this.population = population;
    this.streams = streams;
    this.logOnly = logOnly;
    this.batch = batch;
    threads = Executors.newFixedThreadPool(writerCount);
    for (int i = 0; i < writerCount; i++) {
      writers.add(opener.open());
      sources.add(new Messages(population, 1000 + i));
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Round run(double seconds) throws Exception {
    Meter meter = Meter.start();
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    List<Future<Long>> written = new ArrayList<>();
    for (int i = 0; i < writers.size(); i++) {
      int writer = i;
      written.add(threads.submit(() -> write(writer, deadline)));
    }
    long messages = 0;
    for (Future<Long> each : written) {
      messages += each.get();
    }
    return meter.stop(messages);
  }

  private long write(int number, long deadline) throws Exception {
    RowWriter writer = writers.get(number);
    Messages source = sources.get(number);
    SplittableRandom random = source.random();
    long messages = 0;
    while (System.nanoTime() - deadline < 0) {
      long time = System.currentTimeMillis();
      for (int i = 0; i < batch; i++) {
        int conversation = conversation(random, number);
        int side = random.nextInt(2);
        if (logOnly) {
          streams.writeLog(writer, source, conversation, side, time);
        } else {
          streams.write(writer, source, conversation, side, time);
        }
      }
      writer.commit();
      messages += batch;
    }
    return messages;
  }

  /**
   * A conversation of this writer: with two writers one has those of even users, one the others.
   */
  private int conversation(SplittableRandom random, int number) {
    int conversation = random.nextInt(population.conversations());
    while (writers.size() == 2 && (population.member(conversation, 0) & 1) != number) {
      conversation = random.nextInt(population.conversations());
    }
    return conversation;
  }

  @Override
  public void close() throws Exception {
    threads.shutdownNow();
    for (RowWriter writer : writers) {
      writer.close();
    }
  }
}
