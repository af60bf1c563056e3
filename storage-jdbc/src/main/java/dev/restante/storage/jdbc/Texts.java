package dev.restante.storage.jdbc;

import java.util.EnumMap;
import java.util.Map;

/** The texts of SQL of one dialect, with the table prefix put in. Immutable. */
final class Texts {
  private final Map<Op, String> texts = new EnumMap<>(Op.class);

  /**
   * Stands, in texts that read one stream without a transaction, for the question whether this is
   * still the database from which its number is.
   */
  static final String SAME = "${same}";

  Texts(String tablePrefix, Map<Op, String> own) {
    COMMON.forEach((op, text) -> texts.put(op, prefixed(text, tablePrefix)));
    own.forEach((op, text) -> texts.put(op, prefixed(text, tablePrefix)));
  }

  String of(Op op) {
    String text = texts.get(op);
    if (text == null) {
      throw new IllegalStateException("This database has no statement for " + op);
    }
    return text;
  }

  /** The same with the question put. */
  Texts asking(String same) {
    Texts asking = new Texts("", Map.of());
    texts.forEach((op, text) -> asking.texts.put(op, text.replace(SAME, same)));
    return asking;
  }

  /** A text that every database understands. */
  static String common(Op op, String tablePrefix) {
    return new Texts(tablePrefix, Map.of()).of(op);
  }

  static String prefixed(String text, String tablePrefix) {
    return text.replace("${prefix}", tablePrefix);
  }

  /** What every database understands. */
  private static final Map<Op, String> COMMON =
      Map.ofEntries(
          Map.entry(
              Op.LIST,
              """
              SELECT id, version, payload FROM ${prefix}record
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND stream_id = ? AND space = ? AND id > ? ORDER BY id LIMIT ?"""),
          Map.entry(
              Op.READ_FLOOR,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = s.id)
              FROM ${prefix}stream s
              WHERE s.id = ? AND s.kind = ? AND s.tenant = ? AND s.name = ? AND ${same}"""),
          Map.entry(
              Op.LOG_PAYLOAD, "SELECT payload FROM ${prefix}log WHERE stream_id = ? AND seq = ?"),
          Map.entry(
              Op.INBOX_PAYLOAD,
              "SELECT payload FROM ${prefix}inbox WHERE stream_id = ? AND position = ?"),
          Map.entry(
              Op.NTH_LOG,
              """
              SELECT seq FROM ${prefix}log
              WHERE stream_id = ? AND seq <= ? ORDER BY seq LIMIT 1 OFFSET ?"""),
          Map.entry(
              Op.NTH_INBOX,
              """
              SELECT position FROM ${prefix}inbox
              WHERE stream_id = ? AND position <= ? ORDER BY position LIMIT 1 OFFSET ?"""),
          Map.entry(
              Op.LAST_LOG,
              """
              SELECT ordinal, time_millis FROM ${prefix}log
              WHERE stream_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"""),
          Map.entry(Op.TRIM_LOG, "DELETE FROM ${prefix}log WHERE stream_id = ? AND seq <= ?"),
          Map.entry(
              Op.TRIM_INBOX, "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND position <= ?"),
          Map.entry(
              Op.RAISE_FLOOR,
              """
              INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
              VALUES (?, ?, ?, ?, ?)
              ON CONFLICT (stream_id) DO UPDATE SET
                floor = excluded.floor,
                ordinal = excluded.ordinal,
                time_millis = excluded.time_millis,
                removed = CASE WHEN f.removed > excluded.removed
                  THEN f.removed ELSE excluded.removed END"""),
          Map.entry(
              Op.WALK_STREAMS,
              """
              SELECT id, kind, tenant, name FROM ${prefix}stream
              WHERE id > ? ORDER BY id LIMIT ?"""),
          // MariaDB finds its way by the first column only; the others compare all of the key.
          Map.entry(
              Op.WALK_DEDUPS,
              """
              SELECT d.client_id, d.sender_id, d.log_id, s.name, l.kind, l.tenant, l.name
              FROM ${prefix}dedup d
              JOIN ${prefix}stream s ON s.id = d.sender_id
              JOIN ${prefix}stream l ON l.id = d.log_id
              WHERE d.client_id >= ? AND (d.client_id, d.sender_id, d.log_id) > (?, ?, ?)
              ORDER BY d.client_id, d.sender_id, d.log_id LIMIT ?"""),
          Map.entry(
              Op.WALK_RECORDS,
              """
              SELECT r.stream_id, r.space, r.id, s.kind, s.tenant, s.name
              FROM ${prefix}record r JOIN ${prefix}stream s ON s.id = r.stream_id
              WHERE r.stream_id >= ? AND (r.stream_id, r.space, r.id) > (?, ?, ?)
              ORDER BY r.stream_id, r.space, r.id LIMIT ?"""),
          Map.entry(
              Op.ENQUEUE,
              "INSERT INTO ${prefix}enqueue (tenant, lane, hash, payload) VALUES (?, ?, ?, ?)"),
          Map.entry(
              Op.CLAIM_RELAY,
              """
              UPDATE ${prefix}relay SET owner = ?, until_millis = ?, turns = turns + 1
              WHERE slot = 1 AND (owner = ? OR until_millis <= ? OR until_millis > ?)"""),
          Map.entry(Op.FIND_RELAY, "SELECT 1 FROM ${prefix}relay WHERE slot = 1"),
          Map.entry(
              Op.RELEASE_RELAY,
              """
              UPDATE ${prefix}relay SET until_millis = 0, turns = turns + 1
              WHERE slot = 1 AND owner = ?"""),
          // Large payloads stay behind until it is known that they fit into the page.
          Map.entry(
              Op.READ_DEAD,
              """
              SELECT id, tenant, lane, hash,
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload),
                code, detail, time_millis
              FROM ${prefix}dead_letter WHERE id > ? ORDER BY id LIMIT ?"""),
          Map.entry(
              Op.ENQUEUED_PAYLOAD,
              "SELECT payload FROM ${prefix}enqueue WHERE id = ? AND hash = ?"),
          Map.entry(
              Op.DEAD_PAYLOAD,
              "SELECT payload FROM ${prefix}dead_letter WHERE id = ? AND hash = ?"),
          Map.entry(
              Op.REMOVE_ENQUEUED_ROW, "DELETE FROM ${prefix}enqueue WHERE id = ? AND hash = ?"),
          Map.entry(
              Op.BURY,
              """
              INSERT INTO ${prefix}dead_letter
                (tenant, lane, hash, payload, code, detail, time_millis)
              VALUES (?, ?, ?, ?, ?, ?, ?)"""),
          Map.entry(Op.REMOVE_DEAD, "DELETE FROM ${prefix}dead_letter WHERE id = ?"));
}
