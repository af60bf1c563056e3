package dev.restante.storage.ordered;

import java.util.ArrayList;
import java.util.List;

/** Gathers the changes of one step. For one thread. */
final class Batch {
  private final List<Change> changes = new ArrayList<>();

  void add(Change change) {
    changes.add(change);
  }

  void put(Table table, byte[] key, byte[] value) {
    changes.add(new Change(table, key, value));
  }

  void delete(Table table, byte[] key) {
    changes.add(new Change(table, key, null));
  }

  /** Writes what was gathered, if anything. */
  void writeTo(Data data) {
    if (!changes.isEmpty()) {
      data.write(changes);
    }
  }
}
