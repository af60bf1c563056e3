package dev.restante.storage.mongo;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import org.bson.Document;
import org.bson.types.Binary;
import org.jspecify.annotations.Nullable;

/** Rows as documents. */
final class Rows {
  private Rows() {}

  static Document of(String log, LogRow row) {
    return new Document(Fields.ID, Names.row(log, row.seq()))
        .append(Fields.NUMBER, row.seq())
        .append(Fields.ORDINAL, row.ordinal())
        .append(Fields.TIME, row.timeMillis())
        .append(Fields.FORMAT, row.format())
        .append(Fields.PAYLOAD, new Binary(row.payload()));
  }

  static LogRow logRow(Document row) {
    return new LogRow(
        row.getLong(Fields.NUMBER),
        row.getLong(Fields.ORDINAL),
        row.getLong(Fields.TIME),
        row.getInteger(Fields.FORMAT),
        payload(row));
  }

  /** A row with a key has the key's id, so that a newer one takes its place. */
  static Document of(String inbox, InboxRow row) {
    String key = row.key();
    String id = key == null ? Names.row(inbox, row.position()) : Names.keyed(inbox, key);
    Document document =
        new Document(Fields.ID, id)
            .append(Fields.STREAM, inbox)
            .append(Fields.NUMBER, row.position())
            .append(Fields.TYPE, row.type())
            .append(Fields.FORMAT, row.format());
    StreamKey log = row.log();
    if (log != null) {
      document.append(Fields.LOG, Names.stream(log));
    }
    if (row.seq() != 0) {
      document.append(Fields.SEQ, row.seq());
    }
    if (key != null) {
      document.append(Fields.KEY, Names.encoded(key));
    }
    return document.append(Fields.PAYLOAD, new Binary(row.payload()));
  }

  static InboxRow inboxRow(Document row) {
    String log = row.getString(Fields.LOG);
    String key = row.getString(Fields.KEY);
    return new InboxRow(
        row.getLong(Fields.NUMBER),
        row.getInteger(Fields.TYPE),
        row.getInteger(Fields.FORMAT),
        log == null ? null : Names.streamOf(log),
        number(row, Fields.SEQ),
        key == null ? null : Names.text(key),
        payload(row));
  }

  /** As it is written down in an intent. */
  static Document of(DedupRow row, long nowMillis) {
    Document document =
        new Document(Fields.ID, Names.dedup(row.key()))
            .append(Fields.EXPIRY, row.expiresAtMillis())
            .append(Fields.HASH, row.draftHash())
            .append(Fields.SEQ, row.seq())
            .append(Fields.TIME, row.timeMillis());
    long countsFor = row.expiresAtMillis() - nowMillis;
    if (Expiry.isForServer(countsFor)) {
      document.append(Fields.COUNTS_FOR, countsFor);
    }
    return document;
  }

  static DedupRow dedupRow(DedupKey key, Document row) {
    return new DedupRow(
        key,
        row.getLong(Fields.HASH),
        row.getLong(Fields.SEQ),
        row.getLong(Fields.TIME),
        row.getLong(Fields.EXPIRY),
        false);
  }

  static StreamHead head(@Nullable Document cell) {
    return cell == null
        ? StreamHead.EMPTY
        : new StreamHead(
            number(cell, Fields.HEAD),
            number(cell, Fields.ORDINAL),
            number(cell, Fields.TIME),
            number(cell, Fields.FLOOR));
  }

  static long number(Document document, String field) {
    Long number = document.getLong(field);
    return number == null ? 0 : number;
  }

  static byte[] payload(Document row) {
    return row.get(Fields.PAYLOAD, Binary.class).getData();
  }
}
