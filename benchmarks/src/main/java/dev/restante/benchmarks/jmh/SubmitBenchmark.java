package dev.restante.benchmarks.jmh;

import dev.restante.Restante;
import dev.restante.RestanteOptions;
import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.benchmarks.Drafts;
import dev.restante.benchmarks.Gate;
import dev.restante.benchmarks.Population;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From a draft being made to its acknowledgement, on the memory store. Everything accepted stays in
 * memory, so the whole does not last long.
 */
@State(Scope.Benchmark)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms6g", "-Xmx6g", "-Xmn2g", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // set up by the harness before each iteration
public class SubmitBenchmark {
  /** How many direct conversations the drafts are spread over. */
  @Param("50000")
  public int conversations;

  /** How many drafts are under way at once where they are pipelined. */
  @Param("1000")
  public int outstanding;

  private Population population;
  private Drafts drafts;
  private Gate gate;
  private Restante restante;

  /** A new store, with every sender's device registered and every conversation begun. */
  @Setup(Level.Trial)
  public void open() {
    population = new Population(conversations);
    drafts = new Drafts(population, 1);
    gate = new Gate(outstanding);
    restante =
        Restante.builder()
            .storage(MemoryStorage.create())
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .build();
    population.register(restante);
    population.touch(restante, 5);
  }

  /** Closes the node. */
  @TearDown(Level.Trial)
  public void close() {
    gate.awaitEmpty();
    restante.close();
  }

  /** Many under way: how many are acknowledged in a second. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public void pipelined() {
    gate.enter();
    Draft draft = drafts.next();
    restante
        .messages()
        .submit(draft)
        .whenComplete(
            (result, error) -> {
              gate.leave();
              Drafts.requireAccepted(result, error);
            });
  }

  /** One under way: how long it takes. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public Result<Acknowledgement> single() {
    Result<Acknowledgement> result =
        restante.messages().submit(drafts.next()).toCompletableFuture().join();
    Drafts.requireAccepted(result, null);
    return result;
  }
}
