package dev.restante.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Rows to write, and rows as text, since arrays in records are not compared by content. */
final class Samples {
  /** A moment in 1970: a store that asks a clock of its own gives itself away. */
  static final long NOW = 100_000;

  static final String TENANT = "tenant";
  static final StreamKey LOG = StreamKey.log(TENANT, "conversation");
  static final StreamKey INBOX = StreamKey.inbox(TENANT, "bob");

  /** None that the core keeps in another store. */
  static final String SPACE = "note";

  static final RecordKey RECORD = new RecordKey(INBOX, SPACE, "phone");

  private static final byte[] NOTHING = {};

  private Samples() {}

  static CommitBuilder commit() {
    return new CommitBuilder();
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static LogRow logRow(long seq) {
    return logRow(seq, bytes("message " + seq));
  }

  static LogRow logRow(long seq, byte[] payload) {
    return new LogRow(seq, 3 * seq, NOW + 7 * seq, 1, payload);
  }

  static LogRow[] logRows(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(Samples::logRow).toArray(LogRow[]::new);
  }

  /** An inbox row with a payload of its own and nothing else. */
  static InboxRow note(long position) {
    return new InboxRow(position, 2, 1, null, 0, null, bytes("note " + position));
  }

  static InboxRow[] notes(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(Samples::note).toArray(InboxRow[]::new);
  }

  static InboxRow keyed(long position, String key) {
    return new InboxRow(position, 3, 1, null, 0, key, bytes(key + " at " + position));
  }

  static InboxRow reference(long position, long seq) {
    return InboxRow.reference(position, 1, LOG, seq);
  }

  static DedupKey submit(String clientId) {
    return new DedupKey(LOG, "alice", clientId);
  }

  static DedupRow remembered(DedupKey key, long seq, long expiresAtMillis) {
    return new DedupRow(key, 0x1234_5678_9abc_def0L, seq, NOW + seq, expiresAtMillis, false);
  }

  static DedupRow replacing(DedupKey key, long seq, long expiresAtMillis) {
    return new DedupRow(key, seq * -31, seq, NOW + seq, expiresAtMillis, true);
  }

  static RecordKey record(String id) {
    return new RecordKey(INBOX, SPACE, id);
  }

  static byte[] nothing() {
    return NOTHING;
  }

  static String show(@Nullable LogRow row) {
    return row == null
        ? "none"
        : "#%d ordinal %d at %d format %d %s"
            .formatted(
                row.seq(), row.ordinal(), row.timeMillis(), row.format(), show(row.payload()));
  }

  static List<String> showLog(Collection<LogRow> rows) {
    return rows.stream().map(Samples::show).toList();
  }

  static List<String> showLog(LogRow... rows) {
    return showLog(List.of(rows));
  }

  static String show(InboxRow row) {
    return "@%d type %d format %d of %s #%d key %s %s"
        .formatted(
            row.position(),
            row.type(),
            row.format(),
            row.log(),
            row.seq(),
            row.key(),
            show(row.payload()));
  }

  static List<String> showInbox(InboxRow... rows) {
    return Arrays.stream(rows).map(Samples::show).toList();
  }

  static List<String> showRows(Collection<InboxItem> items) {
    return items.stream().map(item -> show(item.row())).toList();
  }

  static List<Long> positions(Collection<InboxItem> items) {
    return items.stream().map(item -> item.row().position()).toList();
  }

  static List<Long> seqs(Collection<LogRow> rows) {
    return rows.stream().map(LogRow::seq).toList();
  }

  static String show(@Nullable StoredRecord stored) {
    return stored == null
        ? "none"
        : "%s version %d %s".formatted(stored.key(), stored.version(), show(stored.payload()));
  }

  /** Without {@code replacesExpired}, which is an instruction and not remembered. */
  static String show(@Nullable DedupRow row) {
    return row == null
        ? "none"
        : "%s hash %x #%d at %d until %d"
            .formatted(
                row.key(), row.draftHash(), row.seq(), row.timeMillis(), row.expiresAtMillis());
  }

  private static String show(byte[] payload) {
    byte[] beginning = Arrays.copyOf(payload, Math.min(payload.length, 24));
    return "%d bytes %s… hash %d"
        .formatted(payload.length, Arrays.toString(beginning), Arrays.hashCode(payload));
  }
}
