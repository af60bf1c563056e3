package dev.restante.benchmarks.jmh;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.wire.WireCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The wire codec on a text of a hundred bytes, and on a page of a hundred of them. */
@State(Scope.Benchmark)
@Fork(1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WireBenchmark {
  private static final int PAGE_ENTRIES = 100;
  private static final long TIME_MILLIS = 1_700_000_000_000L;

  private final ConversationId conversation =
      ConversationId.between(UserId.of("u000001"), UserId.of("u000002"));
  private final DeviceId sender = UserId.of("u000001").device("phone");
  private final Draft draft =
      Draft.text(sender, conversation, "018bcfe5-6800-7000-8000-000000000001", "x".repeat(100));

  private final byte[] draftBytes = WireCodec.encode(draft);
  private final byte[] logBytes = WireCodec.encodeForLog(draft);
  private final Delivery page = page();
  private final byte[] pageBytes = WireCodec.encode(page);

  private Delivery page() {
    List<Entry> entries = new ArrayList<>();
    for (int seq = 1; seq <= PAGE_ENTRIES; seq++) {
      entries.add(WireCodec.decodeFromLog(conversation, seq, TIME_MILLIS, logBytes));
    }
    return new Delivery.Page(entries, new Cursor("c1"));
  }

  /** A draft as the client sends it. */
  @Benchmark
  public byte[] encodeDraft() {
    return WireCodec.encode(draft);
  }

  /** A draft as the server reads it. */
  @Benchmark
  public Draft decodeDraft() {
    return WireCodec.decodeDraft(UserId.DEFAULT_TENANT, draftBytes);
  }

  /** A draft as the log keeps it. */
  @Benchmark
  public byte[] encodeForLog() {
    return WireCodec.encodeForLog(draft);
  }

  /** An entry as it is read from the log. */
  @Benchmark
  public LogEntry decodeFromLog() {
    return WireCodec.decodeFromLog(conversation, 1, TIME_MILLIS, logBytes);
  }

  /** A page of a hundred entries as it is sent. */
  @Benchmark
  public byte[] encodePage() {
    return WireCodec.encode(page);
  }

  /** A page of a hundred entries as the client reads it. */
  @Benchmark
  public Optional<Delivery> decodePage() {
    return WireCodec.decodeDelivery(UserId.DEFAULT_TENANT, pageBytes);
  }
}
