package dev.restante.storage.tck;

import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.Rows;
import dev.restante.storage.ordered.Table;
import dev.restante.storage.tck.MemoryMaps.Disk;
import dev.restante.storage.tck.MemoryMaps.View;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Engines that break one sentence of the contract of ordered maps. */
final class MapMutants {
  private MapMutants() {}

  /**
   * One of them.
   *
   * @param rule the rule of the suite that finds it
   * @param deed what the engine does wrong
   */
  record Mutant(String rule, String deed, Function<Disk, MemoryMaps> opening) {
    @Override
    public String toString() {
      return rule + ": an engine that " + deed;
    }
  }

  static Stream<Mutant> all() {
    return Stream.of(
        new Mutant("C3", "shows a batch change by change", OneByOne::new),
        new Mutant("C4", "shows a batch only with the next one", Late::new),
        new Mutant("T9", "looks at what is there now, not at a snapshot", Live::new),
        new Mutant("S1", "keeps nothing when it is closed", Forgetful::new),
        new Mutant("R1", "does not replace a value", Stubborn::new),
        new Mutant("R5", "does not remove a key", Hoarder::new),
        new Mutant("R7", "takes bytes as signed", Signed::new),
        new Mutant("H2", "walks upwards only", disk -> looking(disk, Upwards::new)),
        new Mutant("H1", "leaves out the first key", disk -> looking(disk, FromAbove::new)),
        new Mutant("H1", "goes one key too far", disk -> looking(disk, TooFar::new)));
  }

  private static MemoryMaps looking(Disk disk, Function<MemoryMaps, View> view) {
    return new MemoryMaps(disk) {
      @Override
      View looking() {
        return view.apply(this);
      }
    };
  }

  // ---- writing ----------------------------------------------------------------------------------

  private static final class OneByOne extends MemoryMaps {
    OneByOne(Disk disk) {
      super(disk);
    }

    @Override
    void apply(List<Change> changes) {
      for (Change change : changes) {
        disk.tables = with(List.of(change));
        LockSupport.parkNanos(1);
      }
    }
  }

  private static final class Late extends MemoryMaps {
    private List<Change> last = List.of();

    Late(Disk disk) {
      super(disk);
    }

    @Override
    void apply(List<Change> changes) {
      disk.tables = with(last);
      last = changes;
    }

    @Override
    public void close() {
      disk.tables = with(last);
      super.close();
    }
  }

  private static final class Forgetful extends MemoryMaps {
    Forgetful(Disk disk) {
      super(disk);
      disk.tables = new Disk().tables;
    }
  }

  private static final class Stubborn extends MemoryMaps {
    Stubborn(Disk disk) {
      super(disk);
    }

    @Override
    void put(NavigableMap<byte[], byte[]> table, byte[] key, byte @Nullable [] value) {
      if (value == null || !table.containsKey(key)) {
        super.put(table, key, value);
      }
    }
  }

  private static final class Hoarder extends MemoryMaps {
    Hoarder(Disk disk) {
      super(disk);
    }

    @Override
    void put(NavigableMap<byte[], byte[]> table, byte[] key, byte @Nullable [] value) {
      if (value != null) {
        super.put(table, key, value);
      }
    }
  }

  private static final class Signed extends MemoryMaps {
    Signed(Disk disk) {
      super(disk);
    }

    @Override
    Comparator<byte[]> order() {
      return Arrays::compare;
    }
  }

  // ---- reading ----------------------------------------------------------------------------------

  private static final class Live extends MemoryMaps {
    Live(Disk disk) {
      super(disk);
    }

    @Override
    View looking() {
      return new View(
          this,
          () -> {
            LockSupport.parkNanos(1);
            return disk.tables;
          });
    }
  }

  private static final class Upwards extends View {
    Upwards(MemoryMaps maps) {
      super(maps, now(maps));
    }

    @Override
    public Rows rows(Table table, byte[] from, byte[] before, boolean descending) {
      return super.rows(table, from, before, false);
    }
  }

  private static final class FromAbove extends View {
    FromAbove(MemoryMaps maps) {
      super(maps, now(maps));
    }

    @Override
    NavigableMap<byte[], byte[]> range(
        NavigableMap<byte[], byte[]> all, byte[] from, byte[] before) {
      return super.range(all, Arrays.copyOf(from, from.length + 1), before);
    }
  }

  private static final class TooFar extends View {
    TooFar(MemoryMaps maps) {
      super(maps, now(maps));
    }

    @Override
    NavigableMap<byte[], byte[]> range(
        NavigableMap<byte[], byte[]> all, byte[] from, byte[] before) {
      return super.range(all, from, Arrays.copyOf(before, before.length + 1));
    }
  }

  private static MemoryMaps.Sight now(MemoryMaps maps) {
    var tables = maps.disk.tables;
    return () -> tables;
  }
}
