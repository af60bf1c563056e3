package dev.restante.storage.jdbc;

import static java.util.Map.entry;

import java.util.Map;

/**
 * The texts of SQLite. A step or look-up is executed once for each of its rows, except where the
 * text says <code>${rows}</code>: that stands for several rows at once.
 */
final class SqliteTexts {
  private SqliteTexts() {}

  static final Map<Op, String> ALL =
      Map.ofEntries(
          entry(
              Op.FORGET_EXPIRED,
              """
              DELETE FROM ${prefix}dedup
              WHERE client_id = ? AND sender_id = ? AND log_id = ? AND expires_at <= ?"""),
          entry(
              Op.REMEMBER,
              """
              INSERT INTO ${prefix}dedup
                (client_id, sender_id, log_id, hash, seq, time_millis, expires_at)
              VALUES (?, ?, ?, ?, ?, ?, ?)"""),
          entry(
              Op.APPEND_LOG,
              """
              INSERT INTO ${prefix}log (stream_id, seq, ordinal, time_millis, format, payload)
              VALUES (?, ?, ?, ?, ?, ?)"""),
          entry(
              Op.APPEND_INBOX,
              """
              INSERT INTO ${prefix}inbox
                (stream_id, position, log_id, seq, type, format, ckey, payload)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""),
          entry(
              Op.FIND_STRAY,
              """
              SELECT 1 FROM (VALUES ${rows}) k
              WHERE NOT EXISTS (SELECT 1 FROM ${prefix}stream s
                  WHERE s.id = k.column1 AND s.kind = k.column2 AND s.tenant = k.column3
                    AND s.name = k.column4)
              LIMIT 1"""),
          entry(
              Op.FIND_REMOVED,
              """
              SELECT 1 FROM (VALUES ${rows}) k
              CROSS JOIN ${prefix}floor f ON f.stream_id = k.column1
              WHERE f.removed > k.column2 LIMIT 1"""),
          entry(
              Op.FIND_HEADLESS_LOG,
              """
              SELECT 1 FROM (VALUES ${rows}) k
              WHERE NOT EXISTS (SELECT 1 FROM ${prefix}log l
                  WHERE l.stream_id = k.column1 AND l.seq = k.column2)
                AND NOT EXISTS (SELECT 1 FROM ${prefix}floor f
                  WHERE f.stream_id = k.column1 AND f.floor = k.column2)
              LIMIT 1"""),
          entry(
              Op.FIND_HEADLESS_INBOX,
              """
              SELECT 1 FROM (VALUES ${rows}) k
              WHERE NOT EXISTS (SELECT 1 FROM ${prefix}inbox i
                  WHERE i.stream_id = k.column1 AND i.position = k.column2)
                AND NOT EXISTS (SELECT 1 FROM ${prefix}floor f
                  WHERE f.stream_id = k.column1 AND f.floor = k.column2)
              LIMIT 1"""),
          entry(
              Op.FIND_CHANGED_RECORD,
              """
              SELECT 1 FROM (VALUES ${rows}) k
              WHERE COALESCE((SELECT r.version FROM ${prefix}record r
                  WHERE r.stream_id = k.column1 AND r.space = k.column2 AND r.id = k.column3), 0)
                <> k.column4
              LIMIT 1"""),
          entry(
              Op.ADD_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              VALUES (?, ?, ?, ?, ?)"""),
          entry(
              Op.REPLACE_RECORD,
              """
              UPDATE ${prefix}record SET version = ?, payload = ?
              WHERE stream_id = ? AND space = ? AND id = ? AND version = ?"""),
          entry(
              Op.REMOVE_RECORD_VERSION,
              """
              DELETE FROM ${prefix}record
              WHERE stream_id = ? AND space = ? AND id = ? AND version = ?"""),
          entry(
              Op.RAISE_RECORD,
              """
              INSERT INTO ${prefix}record AS r (stream_id, space, id, version, payload)
              VALUES (?, ?, ?, ?, ?)
              ON CONFLICT (stream_id, space, id) DO UPDATE
              SET version = excluded.version, payload = excluded.payload
              WHERE r.version < excluded.version"""),
          entry(
              Op.SET_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              VALUES (?, ?, ?, ?, ?)
              ON CONFLICT (stream_id, space, id) DO UPDATE
              SET version = excluded.version, payload = excluded.payload"""),
          entry(
              Op.REMOVE_RECORD,
              "DELETE FROM ${prefix}record WHERE stream_id = ? AND space = ? AND id = ?"),
          entry(
              Op.NOTE_SKIPPED,
              """
              INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
              VALUES (?, 0, 0, 0, ?)
              ON CONFLICT (stream_id) DO UPDATE SET removed = max(f.removed, excluded.removed)"""),
          entry(Op.REMOVE_LOG_ROW, "DELETE FROM ${prefix}log WHERE stream_id = ? AND seq = ?"),
          entry(
              Op.REMOVE_INBOX_ROW,
              "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND position = ?"),
          entry(
              Op.NOTE_REMOVED,
              """
              INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
              SELECT stream_id, 0, 0, 0, max(position) FROM ${prefix}inbox
              WHERE stream_id = ? AND ckey = ? AND position < ? GROUP BY stream_id
              ON CONFLICT (stream_id) DO UPDATE SET removed = max(f.removed, excluded.removed)"""),
          entry(
              Op.COMPACT,
              "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND ckey = ? AND position < ?"),
          entry(
              Op.ADD_STREAM,
              """
              INSERT INTO ${prefix}stream (kind, tenant, name) VALUES (?, ?, ?)
              ON CONFLICT DO NOTHING"""),
          entry(
              Op.FIND_STREAM,
              """
              SELECT 0, id FROM ${prefix}stream WHERE kind = ? AND tenant = ? AND name = ?"""),
          entry(
              Op.FIND_STREAM_KEY, "SELECT 0, kind, tenant, name FROM ${prefix}stream WHERE id = ?"),
          entry(
              Op.LOG_HEAD,
              """
              SELECT 0, f.floor, f.ordinal, f.time_millis, l.seq, l.ordinal, l.time_millis
              FROM (SELECT ? AS id) k
              LEFT JOIN ${prefix}floor f ON f.stream_id = k.id
              LEFT JOIN ${prefix}log l ON l.stream_id = k.id
                AND l.seq = (SELECT max(seq) FROM ${prefix}log WHERE stream_id = k.id)"""),
          entry(
              Op.INBOX_HEAD,
              """
              SELECT 0, f.floor, 0, 0,
                (SELECT max(position) FROM ${prefix}inbox WHERE stream_id = k.id), 0, 0
              FROM (SELECT ? AS id) k LEFT JOIN ${prefix}floor f ON f.stream_id = k.id"""),
          entry(
              Op.FIND_DEDUP,
              """
              SELECT 0, hash, seq, time_millis, expires_at FROM ${prefix}dedup
              WHERE client_id = ? AND sender_id = ? AND log_id = ?"""),
          entry(
              Op.FIND_RECORD,
              """
              SELECT 0, version, payload FROM ${prefix}record
              WHERE stream_id = ? AND space = ? AND id = ?"""),
          // Rows are made as they are fetched, so the byte limit needs no more than not fetching.
          entry(
              Op.READ_LOG_UP,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?), seq, ordinal,
                time_millis, format, payload, 0
              FROM ${prefix}log
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND stream_id = ? AND seq BETWEEN ? AND ?
              ORDER BY seq LIMIT ?"""),
          entry(
              Op.READ_LOG_DOWN,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?), seq, ordinal,
                time_millis, format, payload, 0
              FROM ${prefix}log
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND stream_id = ? AND seq BETWEEN ? AND ?
              ORDER BY seq DESC LIMIT ?"""),
          entry(
              Op.READ_INBOX,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?),
                i.position, i.type, i.format, i.log_id, i.seq, i.ckey, i.payload, 0,
                l.seq, l.ordinal, l.time_millis, l.format, l.payload, 0
              FROM ${prefix}inbox i
              LEFT JOIN ${prefix}log l ON l.stream_id = i.log_id AND l.seq = i.seq
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND i.stream_id = ? AND i.position > ?
              ORDER BY i.position LIMIT ?"""),
          entry(
              Op.SWEEP,
              """
              DELETE FROM ${prefix}dedup WHERE (client_id, sender_id, log_id) IN (
                SELECT client_id, sender_id, log_id FROM ${prefix}dedup
                WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""),
          entry(
              Op.FIND_ENQUEUED,
              """
              SELECT 1 FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT value FROM json_each(?)) LIMIT 1"""),
          entry(
              Op.READ_ENQUEUED,
              """
              SELECT id, tenant, lane, hash,
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload)
              FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT value FROM json_each(?))
              ORDER BY id LIMIT ?"""),
          entry(Op.REMOVE_ENQUEUED, "DELETE FROM ${prefix}enqueue WHERE id = ? AND hash = ?"));
}
