package dev.restante.storage.tck;

import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** Breaks reads of logs (H). */
final class HistoryMutants {
  private HistoryMutants() {}

  static Stream<Mutant> all() {
    return Stream.of(
        new Mutant(
            "H1",
            "leaves out the upper end",
            data ->
                new NaiveStore(data) {
                  @Override
                  Collection<LogRow> within(LogRange range) {
                    return super.within(range).stream()
                        .filter(row -> row.seq() < range.to())
                        .toList();
                  }
                }),
        new Mutant(
            "H2",
            "takes the oldest rows and turns them round",
            data ->
                new NaiveStore(data) {
                  @Override
                  public LogSlice readLog(LogRange range) {
                    LogSlice slice =
                        super.readLog(
                            new LogRange(
                                range.log(),
                                range.from(),
                                range.to(),
                                false,
                                range.limit(),
                                range.maxBytes()));
                    List<LogRow> rows = new ArrayList<>(slice.rows());
                    if (range.descending()) {
                      Collections.reverse(rows);
                    }
                    return new LogSlice(rows, slice.more(), slice.floor());
                  }
                }),
        new Mutant(
            "H3",
            "never tells that there is more",
            data ->
                new NaiveStore(data) {
                  @Override
                  public LogSlice readLog(LogRange range) {
                    LogSlice slice = super.readLog(range);
                    return new LogSlice(slice.rows(), false, slice.floor());
                  }
                }),
        new Mutant(
            "H4",
            "does not count bytes",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean isFull(int count, long bytes, int limit, long maxBytes) {
                    return count == limit;
                  }
                }),
        new Mutant(
            "H5",
            "computes the position before the first and runs over",
            data ->
                new NaiveStore(data) {
                  @Override
                  Collection<LogRow> within(LogRange range) {
                    long before = range.from() - 1;
                    return super.within(range).stream().filter(row -> row.seq() > before).toList();
                  }
                }),
        new Mutant(
            "H6",
            "does not tell the floor",
            data ->
                new NaiveStore(data) {
                  @Override
                  public LogSlice readLog(LogRange range) {
                    LogSlice slice = super.readLog(range);
                    return new LogSlice(slice.rows(), slice.more(), 0);
                  }
                }));
  }
}
