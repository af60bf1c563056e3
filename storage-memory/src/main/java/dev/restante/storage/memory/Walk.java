package dev.restante.storage.memory;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One page of everything: the least names above one, in an order that does not change. A page looks
 * at all names, which is quick enough for what fits into memory. For one thread.
 */
final class Walk {
  private static final Comparator<Name> ORDER = Comparator.comparing(Name::text);

  /** What a name is of, first in its text. */
  private static final char STREAM = 'a';

  private static final char DEDUP = 'b';
  private static final char RECORD = 'c';

  private final String from;
  private final int limit;

  /** The least names so far, the greatest of them first. */
  private final PriorityQueue<Name> least = new PriorityQueue<>(ORDER.reversed());

  private record Name(String text, Object what) {}

  private Walk(String from, int limit) {
    this.from = from;
    this.limit = limit;
  }

  static Walk from(String from, int limit) {
    if (!from.isEmpty() && (from.charAt(0) < STREAM || from.charAt(0) > RECORD)) {
      throw new IllegalArgumentException("No page ended at " + from);
    }
    return new Walk(from, limit);
  }

  void streams(Set<StreamKey> keys) {
    keys.forEach(key -> add(new Name(STREAM + text(key), key)));
  }

  void dedups(Set<DedupKey> keys) {
    for (DedupKey key : keys) {
      add(new Name(DEDUP + text(key.log()) + part(key.sender()) + key.clientId(), key));
    }
  }

  void records(Set<RecordKey> keys) {
    for (RecordKey key : keys) {
      add(new Name(RECORD + text(key.partition()) + part(key.space()) + key.id(), key));
    }
  }

  private void add(Name name) {
    if (name.text().compareTo(from) <= 0) {
      return;
    }
    least.add(name);
    if (least.size() > limit) {
      least.poll();
    }
  }

  WalkPage page() {
    List<Name> names = new ArrayList<>(least);
    names.sort(ORDER);
    String next = names.size() < limit ? "" : names.get(names.size() - 1).text();
    return new WalkPage(
        those(names, StreamKey.class),
        those(names, DedupKey.class),
        those(names, RecordKey.class),
        next);
  }

  private static <T> List<T> those(List<Name> names, Class<T> kind) {
    return names.stream()
        .map(Name::what)
        .flatMap(what -> kind.isInstance(what) ? Stream.of(kind.cast(what)) : Stream.empty())
        .toList();
  }

  private static String text(StreamKey key) {
    return key.kind().code() + part(key.tenant()) + part(key.name());
  }

  /** Its length stands before a text, so that it can be told where one ends. */
  private static String part(String text) {
    return text.length() + ":" + text;
  }
}
