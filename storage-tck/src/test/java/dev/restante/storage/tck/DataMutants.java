package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Breaks hostile data (X). */
final class DataMutants {
  private DataMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(
        new Mutant(
            "X1",
            "compares names without case and trailing space",
            data ->
                new NaiveStore(data) {
                  @Override
                  StreamKey name(StreamKey stream) {
                    String folded = stream.name().toLowerCase(Locale.ROOT).stripTrailing();
                    return new StreamKey(stream.kind(), stream.tenant(), folded);
                  }
                }),
        new Mutant(
            "X2",
            "joins tenant and name with a colon",
            data ->
                new NaiveStore(data) {
                  @Override
                  StreamKey name(StreamKey stream) {
                    String joined = stream.tenant() + ":" + stream.name();
                    return new StreamKey(stream.kind(), "", joined);
                  }
                }),
        new Mutant(
            "X3",
            "ends ids at the first NUL",
            data ->
                new NaiveStore(data) {
                  @Override
                  RecordKey name(RecordKey key) {
                    int end = key.id().indexOf('\0');
                    return end < 0
                        ? key
                        : new RecordKey(key.partition(), key.space(), key.id().substring(0, end));
                  }
                }),
        new Mutant(
            "X4",
            "compares compaction keys without case",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean superseded(InboxRow older, InboxRow newer) {
                    return newer.key() != null && newer.key().equalsIgnoreCase(older.key());
                  }
                }),
        new Mutant(
            "X5",
            "cuts names at 255 characters",
            data ->
                new NaiveStore(data) {
                  @Override
                  StreamKey name(StreamKey stream) {
                    String name = stream.name();
                    String cut = name.substring(0, Math.min(255, name.length()));
                    return new StreamKey(stream.kind(), stream.tenant(), cut);
                  }
                }),
        new Mutant(
            "X6",
            "takes payloads for text",
            data ->
                new Rewriting(
                    data,
                    row -> {
                      byte[] text = new String(row.payload(), UTF_8).getBytes(UTF_8);
                      return new LogRow(
                          row.seq(), row.ordinal(), row.timeMillis(), row.format(), text);
                    })),
        new Mutant(
            "X7",
            "takes numbers through floating point",
            data ->
                new Rewriting(
                    data,
                    row ->
                        new LogRow(
                            row.seq(),
                            (long) (double) row.ordinal(),
                            row.timeMillis(),
                            row.format(),
                            row.payload()))));
  }

  /** Stores log rows that are not quite those it was given. */
  private static final class Rewriting extends NaiveStore {
    private final UnaryOperator<LogRow> change;

    Rewriting(Data data, UnaryOperator<LogRow> change) {
      super(data);
      this.change = change;
    }

    @Override
    void append(LogAppend append) {
      super.append(
          new LogAppend(
              append.log(),
              append.expectedHead(),
              append.verify(),
              append.rows().stream().map(change).toList()));
    }
  }
}
