package dev.restante.storage.redis;

import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.WalkPage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;

/**
 * {@code walk.lua} and {@code walk_records.lua}: names of streams and records. Redis gives a cursor
 * into the table of all keys, and one into the hash of a partition, which hold however these change
 * meanwhile. Where a page ends both are told, and the hashes that were met and not yet looked into.
 * Submits are known by a digest only, and not named.
 */
final class WalkScript {
  private static final String START = "0";

  /** Redis does nothing else while it looks at so many. */
  private static final int MOST_AT_ONCE = 1000;

  private final Server server;
  private final Keys keys;

  WalkScript(Server server, Keys keys) {
    this.server = server;
    this.keys = keys;
  }

  /** Where a page ends. */
  private record Place(String keyCursor, String recordCursor, Deque<String> partitions) {
    static final String BETWEEN = ",";

    /** As text: the cursors, then the partitions' keys in hexadecimal digits. */
    static Place of(String text) {
      Deque<String> parts = new ArrayDeque<>(List.of(text.split(BETWEEN)));
      if (parts.size() < 2) {
        throw new IllegalArgumentException("No page ended at " + text);
      }
      return new Place(parts.removeFirst(), parts.removeFirst(), parts);
    }

    String text() {
      StringBuilder text = new StringBuilder(keyCursor).append(BETWEEN).append(recordCursor);
      partitions.forEach(each -> text.append(BETWEEN).append(each));
      return text.toString();
    }
  }

  WalkPage run(String from, int limit) {
    int count = Math.min(limit, MOST_AT_ONCE);
    if (from.isEmpty()) {
      return keys(START, count);
    }
    Place place = Place.of(from);
    return place.partitions().isEmpty() ? keys(place.keyCursor(), count) : records(place, count);
  }

  private WalkPage keys(String cursor, int count) {
    Call call = new Call(Script.WALK).key(keys.submits());
    call.argument(ascii(cursor)).argument(keys.all()).number(count);
    Answer answer = new Answer(server.call(call));
    String next = text(answer.bytes());
    List<StreamKey> streams = new ArrayList<>();
    Deque<String> partitions = new ArrayDeque<>();
    while (answer.hasNext()) {
      byte[] key = answer.bytes();
      keys.streamOf(key).ifPresent(streams::add);
      if (keys.partitionOf(key).isPresent()) {
        partitions.add(HexFormat.of().formatHex(key));
      }
    }
    return page(streams, List.of(), new Place(next, START, partitions));
  }

  private WalkPage records(Place place, int count) {
    byte[] hash = HexFormat.of().parseHex(place.partitions().getFirst());
    StreamKey partition =
        keys.partitionOf(hash)
            .orElseThrow(() -> new IllegalArgumentException("No page ended at " + place.text()));
    Call call = new Call(Script.WALK_RECORDS).key(hash);
    call.argument(ascii(place.recordCursor())).number(count);
    Answer answer = new Answer(server.call(call));
    String next = text(answer.bytes());
    List<RecordKey> records = new ArrayList<>();
    while (answer.hasNext()) {
      records.add(Rows.recordKey(partition, answer.bytes()));
    }
    Deque<String> left = new ArrayDeque<>(place.partitions());
    if (next.equals(START)) {
      left.removeFirst();
    }
    return page(List.of(), records, new Place(place.keyCursor(), next, left));
  }

  private static WalkPage page(List<StreamKey> streams, List<RecordKey> records, Place place) {
    boolean end = place.partitions().isEmpty() && place.keyCursor().equals(START);
    return new WalkPage(streams, List.of(), records, end ? "" : place.text());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(byte[] ascii) {
    return new String(ascii, StandardCharsets.US_ASCII);
  }
}
