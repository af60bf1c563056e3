package dev.restante.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RowsTest {
  private final Rows<String> rows = new Rows<>();
  private final TreeMap<Long, String> model = new TreeMap<>();

  @Test
  void behavesAsASortedMapUnderAnyMixOfSteps() {
    for (long seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      for (int step = 0; step < 2_000; step++) {
        take(random);
        if (step % 50 == 0) {
          compare(random);
        }
      }
    }
  }

  @Test
  void findsRowsAcrossTheLargestGap() {
    rows.add(1, "first");
    rows.add(Long.MAX_VALUE, "last");

    assertThat(rows.find(1)).isEqualTo("first");
    assertThat(rows.find(2)).isNull();
    assertThat(rows.find(Long.MAX_VALUE)).isEqualTo("last");
    assertThat(rows.indexAbove(Long.MAX_VALUE)).isEqualTo(rows.end());
    assertThat(rows.indexAbove(Long.MIN_VALUE)).isEqualTo(rows.start());
  }

  private void take(Random random) {
    int dice = random.nextInt(100);
    if (dice < 60 || model.isEmpty()) {
      long number = (model.isEmpty() ? 0 : model.lastKey()) + (dice == 0 ? 7 : 1);
      number = Math.max(number, rows.isEmpty() ? 1 : rows.lastNumber() + 1);
      rows.add(number, "row " + number);
      model.put(number, "row " + number);
    } else if (dice < 98) {
      supersede(model.firstKey() + random.nextInt(model.size()));
    } else {
      trim(model.firstKey() + random.nextInt(model.size()), 1 + random.nextInt(60));
    }
  }

  private void supersede(long number) {
    if (number != model.lastKey()) {
      rows.supersede(number);
      model.remove(number);
    }
  }

  private void trim(long through, int maxRows) {
    List<String> removed = new ArrayList<>();
    long reached = rows.removeThrough(through, maxRows, removed::add);
    List<String> expected = new ArrayList<>();
    long last = 0;
    while (expected.size() < maxRows && !model.isEmpty() && model.firstKey() <= through) {
      last = model.firstKey();
      expected.add(model.remove(last));
    }
    boolean stopped = !model.isEmpty() && model.firstKey() <= through;
    assertThat(removed).isEqualTo(expected);
    assertThat(reached).isEqualTo(stopped ? last : through);
  }

  private void compare(Random random) {
    List<String> found = new ArrayList<>();
    long after = random.nextInt(2_000);
    for (int i = rows.indexAbove(after); i < rows.end(); i++) {
      String row = rows.get(i);
      if (row != null) {
        found.add(row);
      }
    }
    assertThat(found).containsExactlyElementsOf(model.tailMap(after, false).values());
    for (Map.Entry<Long, String> entry : model.entrySet()) {
      assertThat(rows.find(entry.getKey())).isEqualTo(entry.getValue());
    }
  }
}
