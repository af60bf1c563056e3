package dev.restante.storage.cells;

import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import java.util.Comparator;

/**
 * What an engine changes in one conditional step: a partition (its rows, its dedup rows and its
 * records), or, where the engine keeps {@linkplain CellEngine#recordsApart() records apart}, one
 * record.
 *
 * <p>Cells have an order that is the same on every node: whoever takes several takes them in it, so
 * that two never wait for each other.
 *
 * @param partition the partition
 * @param space the space of the record; empty for the partition itself
 * @param id the id of the record; empty for the partition itself
 */
public record Cell(StreamKey partition, String space, String id) implements Comparable<Cell> {
  private static final Comparator<Cell> ORDER =
      Comparator.<Cell>comparingInt(cell -> cell.partition.kind().code())
          .thenComparing(cell -> cell.partition.tenant())
          .thenComparing(cell -> cell.partition.name())
          .thenComparing(Cell::space)
          .thenComparing(Cell::id);

  /** The cell of a partition. */
  public static Cell of(StreamKey partition) {
    return new Cell(partition, "", "");
  }

  /** The cell of a record that is kept apart. */
  public static Cell of(RecordKey record) {
    return new Cell(record.partition(), record.space(), record.id());
  }

  /** Whether this is the cell of one record. No record's space is empty. */
  public boolean isRecord() {
    return !space.isEmpty();
  }

  /** Partitions in the order of kind, tenant and name, each before its records. */
  @Override
  public int compareTo(Cell other) {
    return ORDER.compare(this, other);
  }
}
