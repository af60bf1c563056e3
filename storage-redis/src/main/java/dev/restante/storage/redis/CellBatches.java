package dev.restante.storage.redis;

import dev.restante.storage.cells.Cell;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls of one script that concern many cells: one for all cells with the same tag, or more where
 * one would be too large. For one thread.
 */
final class CellBatches {
  /** What a script may hand on at once. */
  static final int MOST_ARGUMENTS = 900;

  private static final int MOST_CELLS = 100;

  /**
   * What several cells may hand to one script: Redis does nothing else while it takes that in. One
   * cell may hand on all that a commit may be.
   */
  static final int MOST_BYTES = 1 << 20;

  private final Keys keys;
  private final Script script;
  private final boolean withSubmits;
  private final byte[][] first;
  private final Map<Integer, Batch> open = new HashMap<>();
  private final List<Batch> all = new ArrayList<>();

  private static final class Batch {
    final Call call;
    final List<Integer> indexes = new ArrayList<>();
    final List<byte[]> second = new ArrayList<>();
    long bytes;

    Batch(Script script) {
      call = new Call(script);
    }
  }

  /** Takes what a script answered for one cell. */
  interface Taker {
    /**
     * @param index the index that the cell was added with
     * @param answer a number, or bytes
     */
    void take(int index, Object answer);
  }

  /**
   * @param withSubmits whether the script is handed the keys of submits in front of those of cells
   * @param first the arguments in front of those of cells
   */
  CellBatches(Keys keys, Script script, boolean withSubmits, byte[]... first) {
    this.keys = keys;
    this.script = script;
    this.withSubmits = withSubmits;
    this.first = first;
  }

  /**
   * Adds a cell. Its intent is among the first keys, behind them come the others in the same order.
   *
   * @param second its other key
   * @param arguments its arguments
   */
  void add(int index, Cell cell, CellKey second, List<byte[]> arguments) {
    Keys.OfCell of = keys.of(cell.partition());
    long bytes = arguments.stream().mapToLong(each -> each.length).sum();
    Batch batch = open.get(of.tag());
    if (batch == null
        || batch.indexes.size() == MOST_CELLS
        || batch.call.size() + arguments.size() > MOST_ARGUMENTS
        || batch.bytes + bytes > MOST_BYTES) {
      batch = begun(of.tag());
    }
    batch.indexes.add(index);
    batch.bytes += bytes;
    batch.call.key(of.intent());
    batch.second.add(second == CellKey.ROWS ? of.rows() : of.records());
    arguments.forEach(batch.call::argument);
  }

  /** Which key a script is handed beside a cell's intent. */
  enum CellKey {
    ROWS,
    RECORDS
  }

  private Batch begun(int tag) {
    Batch batch = new Batch(script);
    if (withSubmits) {
      batch.call.key(keys.submits(tag)).key(keys.expiries(tag));
    }
    for (byte[] argument : first) {
      batch.call.argument(argument);
    }
    open.put(tag, batch);
    all.add(batch);
    return batch;
  }

  /** Adds the calls behind others, once all cells are there. */
  void addTo(List<Call> calls) {
    for (Batch batch : all) {
      batch.second.forEach(batch.call::key);
      calls.add(batch.call);
    }
  }

  /**
   * Hands out the answers.
   *
   * @param answers those to several calls
   * @param from where those to these begin
   * @return where those to the next begin
   */
  int forEach(List<Object> answers, int from, Taker taker) {
    for (int i = 0; i < all.size(); i++) {
      List<?> each = (List<?>) answers.get(from + i);
      List<Integer> indexes = all.get(i).indexes;
      for (int k = 0; k < indexes.size(); k++) {
        taker.take(indexes.get(k), each.get(k));
      }
    }
    return from + all.size();
  }
}
