package dev.restante.storage.redis;

import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * What is asked of many cells, in as many lots as there are cells, or more where one would be too
 * large. For one thread.
 */
final class Lots<K> {
  private final Map<StreamKey, List<K>> byCell = new LinkedHashMap<>();
  private final List<Lot<K>> lots = new ArrayList<>();

  private record Lot<K>(StreamKey cell, List<K> keys) {}

  /** Takes an answer to what was asked of one lot. */
  interface Taker<K> {
    void take(StreamKey cell, List<K> lot, Look look);
  }

  void add(StreamKey cell, K key) {
    byCell.computeIfAbsent(cell, any -> new ArrayList<>()).add(key);
  }

  /** The calls, one for each lot. */
  List<Call> map(BiFunction<StreamKey, List<K>, Call> call) {
    byCell.forEach(
        (cell, keys) -> LookupScript.lots(keys).forEach(lot -> lots.add(new Lot<>(cell, lot))));
    List<Call> calls = new ArrayList<>(lots.size());
    lots.forEach(lot -> calls.add(call.apply(lot.cell(), lot.keys())));
    return calls;
  }

  /** Hands out the answers, in the order of the calls. */
  void forEach(List<Object> answers, Taker<K> taker) {
    for (int i = 0; i < lots.size(); i++) {
      taker.take(lots.get(i).cell(), lots.get(i).keys(), Look.of(answers.get(i)));
    }
  }
}
