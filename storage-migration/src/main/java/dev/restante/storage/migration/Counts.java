package dev.restante.storage.migration;

import java.util.concurrent.atomic.LongAdder;

/** What a node has done. Safe for use by many threads. */
final class Counts {
  final LongAdder rows = new LongAdder();
  final LongAdder submits = new LongAdder();
  final LongAdder records = new LongAdder();
  final LongAdder mirrored = new LongAdder();
  final LongAdder mended = new LongAdder();
  final LongAdder calledOff = new LongAdder();

  void rows(int count) {
    rows.add(count);
  }

  void submits(int count) {
    submits.add(count);
  }

  void records(int count) {
    records.add(count);
  }
}
