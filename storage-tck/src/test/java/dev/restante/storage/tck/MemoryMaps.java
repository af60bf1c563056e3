package dev.restante.storage.tck;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Durability;
import dev.restante.storage.Moving;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.OrderedEngine;
import dev.restante.storage.ordered.OrderedStore;
import dev.restante.storage.ordered.Rows;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An engine of ordered maps in memory. It also sees to it that the base keeps its part: one writer
 * at a time, without a snapshot; no key twice in a batch; everything closed, and nothing called
 * afterwards.
 */
class MemoryMaps implements OrderedEngine {
  static final Comparator<byte[]> UNSIGNED = Arrays::compareUnsigned;

  /** What lies on the disk, as it were. */
  static final class Disk {
    volatile Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
    final AtomicBoolean inUse = new AtomicBoolean();
  }

  final Disk disk;
  private final AtomicBoolean writing = new AtomicBoolean();
  private final AtomicInteger open = new AtomicInteger();
  private final ThreadLocal<Integer> mine = ThreadLocal.withInitial(() -> 0);
  private volatile boolean closed;

  MemoryMaps(Disk disk) {
    if (!disk.inUse.compareAndSet(false, true)) {
      throw new StoreException(Effect.UNAVAILABLE, "The maps are in use", null);
    }
    this.disk = disk;
  }

  private static void check(boolean kept, String what) {
    if (!kept) {
      throw new AssertionError("The base broke its part: " + what);
    }
  }

  @Override
  public StoreInfo info() {
    return new StoreInfo("maps", Durability.LOCAL, false, true, Moving.IN_AND_OUT, 2 << 20, 2_000);
  }

  // ---- writing ----------------------------------------------------------------------------------

  @Override
  public final void write(List<Change> changes) {
    check(!closed, "a write after the end");
    check(mine.get() == 0, "a write beside a snapshot of the same thread");
    check(writing.compareAndSet(false, true), "two writers at once");
    try {
      checkKeys(changes);
      apply(changes);
    } finally {
      writing.set(false);
    }
  }

  private static void checkKeys(List<Change> changes) {
    check(!changes.isEmpty(), "nothing to write");
    Set<List<Object>> keys = new HashSet<>();
    for (Change change : changes) {
      List<Object> key = List.of(change.table(), ByteBuffer.wrap(change.key()));
      check(keys.add(key), "a key twice in a batch: " + change);
    }
  }

  void apply(List<Change> changes) {
    disk.tables = with(changes);
  }

  /** The tables as they are with these changes. */
  final Map<Table, NavigableMap<byte[], byte[]>> with(List<Change> changes) {
    Map<Table, NavigableMap<byte[], byte[]>> changed = new EnumMap<>(disk.tables);
    Map<Table, NavigableMap<byte[], byte[]>> copies = new EnumMap<>(Table.class);
    for (Change change : changes) {
      put(
          copies.computeIfAbsent(change.table(), table -> copy(changed.get(table))),
          change.key(),
          change.value());
    }
    changed.putAll(copies);
    return changed;
  }

  private NavigableMap<byte[], byte[]> copy(@Nullable NavigableMap<byte[], byte[]> table) {
    NavigableMap<byte[], byte[]> copy = new TreeMap<>(order());
    if (table != null) {
      copy.putAll(table);
    }
    return copy;
  }

  void put(NavigableMap<byte[], byte[]> table, byte[] key, byte @Nullable [] value) {
    if (value == null) {
      table.remove(key);
    } else {
      table.put(key, value);
    }
  }

  Comparator<byte[]> order() {
    return UNSIGNED;
  }

  // ---- reading ----------------------------------------------------------------------------------

  @Override
  public final Snapshot snapshot() {
    check(!closed, "a snapshot after the end");
    open.incrementAndGet();
    mine.set(mine.get() + 1);
    return looking();
  }

  View looking() {
    Map<Table, NavigableMap<byte[], byte[]>> now = disk.tables;
    return new View(this, () -> now);
  }

  /** Where a snapshot looks. */
  interface Sight {
    Map<Table, NavigableMap<byte[], byte[]>> tables();
  }

  /** A snapshot. */
  static class View implements Snapshot {
    private final MemoryMaps maps;
    private final Sight sight;
    private int walks;

    View(MemoryMaps maps, Sight sight) {
      this.maps = maps;
      this.sight = sight;
    }

    private NavigableMap<byte[], byte[]> table(Table table) {
      return sight.tables().getOrDefault(table, new TreeMap<>(maps.order()));
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      byte[] value = table(table).get(key);
      return value == null ? null : value.clone();
    }

    @Override
    public Rows rows(Table table, byte[] from, byte[] before, boolean descending) {
      check(UNSIGNED.compare(from, before) < 0, "a range without room");
      walks++;
      return new Walk(this, range(table(table), from, before), descending);
    }

    NavigableMap<byte[], byte[]> range(
        NavigableMap<byte[], byte[]> all, byte[] from, byte[] before) {
      return maps.order().compare(from, before) < 0
          ? all.subMap(from, true, before, false)
          : new TreeMap<>(maps.order());
    }

    @Override
    public void close() {
      check(walks == 0, "a snapshot closed before its rows");
      maps.open.decrementAndGet();
      maps.mine.set(maps.mine.get() - 1);
    }
  }

  private static final class Walk implements Rows {
    private final View view;
    private final Iterator<Map.Entry<byte[], byte[]>> rows;
    private Map.@Nullable Entry<byte[], byte[]> row;

    Walk(View view, NavigableMap<byte[], byte[]> range, boolean descending) {
      this.view = view;
      this.rows = (descending ? range.descendingMap() : range).entrySet().iterator();
    }

    @Override
    public boolean next() {
      row = rows.hasNext() ? rows.next() : null;
      return row != null;
    }

    @Override
    public byte[] key() {
      return requireNonNull(row).getKey().clone();
    }

    @Override
    public byte[] value() {
      return requireNonNull(row).getValue().clone();
    }

    /** Not a byte more than was asked for. */
    @Override
    public byte[] value(int bytes) {
      return Arrays.copyOf(value(), bytes);
    }

    @Override
    public void close() {
      view.walks--;
    }
  }

  @Override
  public void close() {
    check(!closed, "closed twice");
    check(open.get() == 0, "closed beside a snapshot");
    check(!writing.get(), "closed beside a writer");
    closed = true;
    disk.inUse.set(false);
  }

  // ---- for the suite ----------------------------------------------------------------------------

  /** A place for the contract suite. */
  static final class Harness implements StoreHarness {
    private final Function<Disk, ? extends MemoryMaps> opening;
    private final int rememberedStreams;
    private Disk disk = new Disk();

    Harness(Function<Disk, ? extends MemoryMaps> opening, int rememberedStreams) {
      this.opening = opening;
      this.rememberedStreams = rememberedStreams;
    }

    @Override
    public Storage storage() {
      Disk place = disk;
      return new Storage() {
        @Override
        public String description() {
          return "ordered maps in memory";
        }

        @Override
        public Store open(StoreContext context) {
          return OrderedStore.open(
              () -> opening.apply(place), context.callTimeout(), rememberedStreams);
        }
      };
    }

    @Override
    public void wipe() {
      disk = new Disk();
    }
  }
}
