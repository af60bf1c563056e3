package dev.restante.storage.tck;

import dev.restante.storage.cells.Cell;
import dev.restante.storage.cells.Part;
import dev.restante.storage.cells.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes all cells that it can, and gives back those behind the first that it cannot: as an engine
 * does that sends all steps at once.
 */
final class EagerCells extends MemoryCells {
  EagerCells(Shared shared, boolean recordsApart, Steps steps) {
    super(shared, recordsApart, steps);
  }

  @Override
  Step takeAll(String transaction, List<Part> parts, int from, int until) {
    Step outcome = Step.DONE;
    List<Cell> behind = new ArrayList<>();
    for (int i = from; i < until; i++) {
      Part part = parts.get(i);
      Step each = part.guardsAlone() ? look(i, part) : take(transaction, i, part);
      if (outcome instanceof Step.Done) {
        outcome = each;
      } else if (each instanceof Step.Done && !part.guardsAlone()) {
        behind.add(part.cell());
      }
    }
    if (outcome instanceof Step.Blocked) {
      settle(transaction, false, behind);
    }
    return outcome;
  }
}
