package dev.restante.storage.mongo;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What fits: a document of MongoDB holds 16 MiB, and what a commit adds to one stream passes
 * through one document, as do the names of all cells that it touches.
 */
final class Limits {
  /** A record's document holds the old payload and the new one. */
  static final int MAX_PAYLOAD_BYTES = 4 << 20;

  static final int MAX_COMMIT_ROWS = 10_000;

  /** For one stream in one commit, names and fields counted. */
  static final int MAX_APPEND_BYTES = 12 << 20;

  /** More than the fields of a row or cell take beside payload and names. */
  private static final int FIELDS_BYTES = 120;

  private Limits() {}

  static Optional<Refused> refusal(Commit commit) {
    Optional<byte[]> large =
        payloads(commit).filter(payload -> payload.length > MAX_PAYLOAD_BYTES).findFirst();
    if (large.isPresent()) {
      return refused("A payload of %d bytes; at most %d", large.get().length, MAX_PAYLOAD_BYTES);
    }
    long most = added(commit).values().stream().mapToLong(Long::longValue).max().orElse(0);
    if (most > MAX_APPEND_BYTES) {
      return refused("%d bytes for one stream in one commit; at most %d", most, MAX_APPEND_BYTES);
    }
    long names = names(commit);
    return names > MAX_APPEND_BYTES
        ? refused("Names of %d bytes in one commit; at most %d", names, MAX_APPEND_BYTES)
        : Optional.empty();
  }

  private static Optional<Refused> refused(String text, long is, long limit) {
    return Optional.of(new Refused(text.formatted(is, limit)));
  }

  private static Stream<byte[]> payloads(Commit commit) {
    return Stream.of(
            commit.logs().stream().flatMap(append -> append.rows().stream()).map(LogRow::payload),
            commit.inboxes().stream()
                .flatMap(append -> append.rows().stream())
                .map(InboxRow::payload),
            commit.records().stream().map(RecordWrite::payload))
        .flatMap(all -> all);
  }

  /** Bytes that pass through the document of each stream. */
  private static Map<StreamKey, Long> added(Commit commit) {
    Map<StreamKey, Long> added = new HashMap<>();
    for (LogAppend append : commit.logs()) {
      long name = bytes(append.log());
      append
          .rows()
          .forEach(
              row ->
                  added.merge(append.log(), FIELDS_BYTES + name + row.payload().length, Long::sum));
    }
    for (InboxAppend append : commit.inboxes()) {
      long name = bytes(append.inbox());
      append.rows().forEach(row -> added.merge(append.inbox(), bytes(name, row), Long::sum));
    }
    commit
        .dedups()
        .forEach(
            row ->
                added.merge(
                    row.key().log(),
                    FIELDS_BYTES + (long) Names.dedup(row.key()).length(),
                    Long::sum));
    return added;
  }

  /** The inbox's name stands in the row and in its id, the key as well. */
  private static long bytes(long inbox, InboxRow row) {
    StreamKey log = row.log();
    String key = row.key();
    return FIELDS_BYTES
        + 2 * inbox
        + (log == null ? 0 : bytes(log))
        + (key == null ? 0 : 2L * Names.encoded(key).length())
        + row.payload().length;
  }

  private static long bytes(StreamKey stream) {
    return Names.stream(stream).length();
  }

  private static long names(Commit commit) {
    long names = 0;
    for (LogAppend append : commit.logs()) {
      names += FIELDS_BYTES + bytes(append.log());
    }
    for (InboxAppend append : commit.inboxes()) {
      names += FIELDS_BYTES + bytes(append.inbox());
    }
    for (RecordWrite write : commit.records()) {
      names += FIELDS_BYTES + Names.cell(write.key()).length();
    }
    for (Guard guard : commit.guards()) {
      names += FIELDS_BYTES + Names.cell(guard.key()).length();
    }
    return names;
  }
}
