package dev.restante.storage.ordered;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.StreamKey.Kind;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** One page of everything: of one table, in the order of its keys. Immutable. */
final class Walk {
  private static final List<Table> TABLES = List.of(Table.NAME, Table.DEDUP, Table.RECORD);

  /** Above every key of these tables: numbers are positive, and lengths less than this. */
  private static final byte[] END = {(byte) 0xFF, (byte) 0xFF};

  private static final HexFormat HEX = HexFormat.of();

  private final int table;
  private final byte[] from;
  private final int limit;

  private Walk(int table, byte[] from, int limit) {
    this.table = table;
    this.from = from;
    this.limit = limit;
  }

  static Walk from(String from, int limit) {
    if (from.isEmpty()) {
      return new Walk(0, Bytes.NOTHING, limit);
    }
    int table = from.charAt(0) - '0';
    if (table < 0 || table >= TABLES.size()) {
      throw new IllegalArgumentException("No page ended at " + from);
    }
    byte[] key = HEX.parseHex(from, 1, from.length());
    if (Arrays.compareUnsigned(key, END) >= 0) {
      throw new IllegalArgumentException("No page ended at " + from);
    }
    return new Walk(table, key, limit);
  }

  WalkPage page(Data data, Streams streams) {
    List<StreamKey> named = new ArrayList<>();
    List<DedupKey> dedups = new ArrayList<>();
    List<RecordKey> records = new ArrayList<>();
    String next = table + 1 < TABLES.size() ? Integer.toString(table + 1) : "";
    try (Snapshot now = data.snapshot();
        Rows rows = now.rows(TABLES.get(table), from, END, false)) {
      for (int count = 0; rows.next(); count++) {
        byte[] key = rows.key();
        if (count == limit) {
          next = table + HEX.formatHex(key);
          break;
        }
        switch (TABLES.get(table)) {
          case NAME -> named.add(Keys.stream(rows.value()));
          case DEDUP -> dedups.add(Keys.dedup(key, streams.name(now, Keys.dedupLog(key))));
          default -> records.add(Keys.record(key, streams.name(now, Bytes.getLong(key, 0))));
        }
      }
    }
    named.removeIf(key -> key.kind() == Kind.STORE);
    return new WalkPage(named, dedups, records, next);
  }
}
