package dev.restante.storage.jdbc;

import static java.util.Map.entry;

import java.util.Map;

/**
 * The texts of MariaDB. Those that insert say <code>${row}</code> for a batch, or <code>${rows}
 * </code> for many rows at once. Those that go by many keys join them as the table {@code k}, made
 * of one JSON text: numbers as {@code c1}, {@code c2} …, bytes in hexadecimal. A parameter list of
 * many rows would do for one protocol of the driver; one text does for both, and is looked up row
 * by row in the index, in its order. All others are executed once for each row.
 */
final class MariadbTexts {
  private MariadbTexts() {}

  /** How a row's columns lie in the JSON text: {@code n} a number, {@code b} bytes. */
  private static String keyed(String columns, String text) {
    StringBuilder table = new StringBuilder("JSON_TABLE(?, '$[*]' COLUMNS (ord FOR ORDINALITY");
    for (int i = 0; i < columns.length(); i++) {
      table
          .append(", c")
          .append(i + 1)
          .append(columns.charAt(i) == 'n' ? " BIGINT" : " VARCHAR(1200)")
          .append(" PATH '$[")
          .append(i)
          .append("]'");
    }
    return text.replace("${keys}", table.append(")) k"));
  }

  static final Map<Op, String> ALL =
      Map.ofEntries(
          // Never a value that was there before: it has the server's number and the second of its
          // start. By the primary key, or it waits for the locks of everybody else's guards.
          entry(
              Op.COUNT_CHANGE,
              keyed(
                  "n",
                  """
                  UPDATE ${keys} STRAIGHT_JOIN ${prefix}guard_lock g FORCE INDEX (PRIMARY)
                    ON g.slot = k.c1
                  SET g.changes = CAST(UUID_SHORT() AS SIGNED)""")),
          entry(
              Op.FIND_COUNT,
              keyed(
                  "n",
                  """
                  SELECT k.ord, g.changes
                  FROM ${keys} STRAIGHT_JOIN ${prefix}guard_lock g ON g.slot = k.c1""")),
          entry(
              Op.FIND_STRAY,
              keyed(
                  "nnbb",
                  """
                  SELECT 1 FROM ${keys}
                  WHERE (SELECT 1 FROM ${prefix}stream s WHERE s.id = k.c1 AND s.kind = k.c2
                      AND s.tenant = UNHEX(k.c3) AND s.name = UNHEX(k.c4)) IS NULL
                  LIMIT 1""")),
          entry(
              Op.FORGET_EXPIRED,
              keyed(
                  "bnnn",
                  """
                  DELETE d FROM ${keys} STRAIGHT_JOIN ${prefix}dedup d
                    ON d.client_id = UNHEX(k.c1) AND d.sender_id = k.c2 AND d.log_id = k.c3
                  WHERE d.expires_at <= k.c4""")),
          entry(
              Op.REMEMBER,
              """
              INSERT INTO ${prefix}dedup
                (client_id, sender_id, log_id, hash, seq, time_millis, expires_at)
              VALUES ${row}"""),
          entry(
              Op.APPEND_LOG,
              """
              INSERT INTO ${prefix}log (stream_id, seq, ordinal, time_millis, format, payload)
              VALUES ${row}"""),
          entry(
              Op.APPEND_INBOX,
              """
              INSERT INTO ${prefix}inbox
                (stream_id, position, log_id, seq, type, format, ckey, payload)
              VALUES ${row}"""),
          entry(
              Op.FIND_REMOVED,
              keyed(
                  "nn",
                  """
                  SELECT 1 FROM ${keys}
                  WHERE (SELECT f.removed FROM ${prefix}floor f WHERE f.stream_id = k.c1) > k.c2
                  LIMIT 1""")),
          entry(
              Op.FIND_HEADLESS_LOG,
              keyed(
                  "nn",
                  """
                  SELECT 1 FROM ${keys}
                  WHERE (SELECT 1 FROM ${prefix}log l
                      WHERE l.stream_id = k.c1 AND l.seq = k.c2) IS NULL
                    AND (SELECT 1 FROM ${prefix}floor f
                      WHERE f.stream_id = k.c1 AND f.floor = k.c2) IS NULL
                  LIMIT 1""")),
          entry(
              Op.FIND_HEADLESS_INBOX,
              keyed(
                  "nn",
                  """
                  SELECT 1 FROM ${keys}
                  WHERE (SELECT 1 FROM ${prefix}inbox i
                      WHERE i.stream_id = k.c1 AND i.position = k.c2) IS NULL
                    AND (SELECT 1 FROM ${prefix}floor f
                      WHERE f.stream_id = k.c1 AND f.floor = k.c2) IS NULL
                  LIMIT 1""")),
          entry(
              Op.FIND_CHANGED_RECORD,
              keyed(
                  "nbbn",
                  """
                  SELECT 1 FROM ${keys}
                  WHERE COALESCE((SELECT r.version FROM ${prefix}record r
                      WHERE r.stream_id = k.c1 AND r.space = UNHEX(k.c2)
                        AND r.id = UNHEX(k.c3)), 0) <> k.c4
                  LIMIT 1""")),
          entry(
              Op.LOCK_RECORDS,
              keyed(
                  "nbb",
                  """
                  SELECT k.ord FROM ${keys} STRAIGHT_JOIN ${prefix}record r
                    ON r.stream_id = k.c1 AND r.space = UNHEX(k.c2) AND r.id = UNHEX(k.c3)
                  FOR UPDATE""")),
          entry(
              Op.ADD_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              VALUES ${rows}"""),
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
          // Assignments go from left to right: the version must be the last one.
          entry(
              Op.RAISE_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              VALUES ${rows}
              ON DUPLICATE KEY UPDATE
                payload = IF(version < VALUES(version), VALUES(payload), payload),
                version = GREATEST(version, VALUES(version))"""),
          entry(
              Op.SET_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              VALUES ${rows}
              ON DUPLICATE KEY UPDATE version = VALUES(version), payload = VALUES(payload)"""),
          entry(
              Op.REMOVE_RECORD,
              "DELETE FROM ${prefix}record WHERE stream_id = ? AND space = ? AND id = ?"),
          entry(
              Op.NOTE_SKIPPED,
              """
              INSERT INTO ${prefix}floor (stream_id, floor, ordinal, time_millis, removed)
              VALUES (?, 0, 0, 0, ?)
              ON DUPLICATE KEY UPDATE removed = GREATEST(removed, VALUES(removed))"""),
          entry(Op.REMOVE_LOG_ROW, "DELETE FROM ${prefix}log WHERE stream_id = ? AND seq = ?"),
          entry(
              Op.REMOVE_INBOX_ROW,
              "DELETE FROM ${prefix}inbox WHERE stream_id = ? AND position = ?"),
          entry(
              Op.NOTE_REMOVED,
              keyed(
                  "nbn",
                  """
                  INSERT INTO ${prefix}floor (stream_id, floor, ordinal, time_millis, removed)
                  SELECT k.c1, 0, 0, 0, MAX(i.position)
                  FROM ${keys} STRAIGHT_JOIN ${prefix}inbox i
                    ON i.stream_id = k.c1 AND i.ckey = UNHEX(k.c2) AND i.position < k.c3
                  GROUP BY k.c1 ORDER BY k.c1
                  ON DUPLICATE KEY UPDATE removed = GREATEST(removed, VALUES(removed))""")),
          entry(
              Op.COMPACT,
              keyed(
                  "nbn",
                  """
                  DELETE i FROM ${keys} STRAIGHT_JOIN ${prefix}inbox i
                    ON i.stream_id = k.c1 AND i.ckey = UNHEX(k.c2) AND i.position < k.c3""")),
          entry(
              Op.ADD_STREAM,
              """
              INSERT INTO ${prefix}stream (kind, tenant, name) VALUES ${rows}
              ON DUPLICATE KEY UPDATE id = id"""),
          entry(
              Op.FIND_STREAM,
              keyed(
                  "nbb",
                  """
                  SELECT k.ord, s.id FROM ${keys} STRAIGHT_JOIN ${prefix}stream s
                    ON s.kind = k.c1 AND s.tenant = UNHEX(k.c2) AND s.name = UNHEX(k.c3)""")),
          entry(
              Op.FIND_STREAM_KEY,
              keyed(
                  "n",
                  """
                  SELECT k.ord, s.kind, s.tenant, s.name
                  FROM ${keys} STRAIGHT_JOIN ${prefix}stream s ON s.id = k.c1""")),
          entry(
              Op.LOCK_STREAMS,
              keyed(
                  "n",
                  """
                  SELECT k.ord FROM ${keys} STRAIGHT_JOIN ${prefix}stream s ON s.id = k.c1
                  FOR UPDATE""")),
          entry(
              Op.LOCK_STREAM,
              keyed(
                  "n",
                  """
                  SELECT k.ord FROM ${keys} STRAIGHT_JOIN ${prefix}stream s ON s.id = k.c1
                  FOR UPDATE""")),
          entry(
              Op.LOG_HEAD,
              keyed(
                  "n",
                  """
                  SELECT k.ord, f.floor, f.ordinal, f.time_millis, l.seq, l.ordinal, l.time_millis
                  FROM ${keys}
                  LEFT JOIN ${prefix}floor f ON f.stream_id = k.c1
                  LEFT JOIN ${prefix}log l ON l.stream_id = k.c1
                    AND l.seq = (SELECT seq FROM ${prefix}log WHERE stream_id = k.c1
                      ORDER BY seq DESC LIMIT 1)""")),
          // Left to itself it reads all inboxes, or sorts one: see MariadbPlansTest.
          entry(
              Op.INBOX_HEAD,
              keyed(
                  "n",
                  """
                  SELECT k.ord, f.floor, 0, 0,
                    (SELECT position FROM ${prefix}inbox FORCE INDEX (PRIMARY)
                      WHERE stream_id = k.c1 ORDER BY position DESC LIMIT 1), 0, 0
                  FROM ${keys} LEFT JOIN ${prefix}floor f ON f.stream_id = k.c1""")),
          entry(
              Op.NTH_INBOX,
              """
              SELECT position FROM ${prefix}inbox FORCE INDEX (PRIMARY)
              WHERE stream_id = ? AND position <= ? ORDER BY position LIMIT 1 OFFSET ?"""),
          entry(
              Op.FIND_DEDUP,
              keyed(
                  "bnn",
                  """
                  SELECT k.ord, d.hash, d.seq, d.time_millis, d.expires_at
                  FROM ${keys} STRAIGHT_JOIN ${prefix}dedup d
                    ON d.client_id = UNHEX(k.c1) AND d.sender_id = k.c2 AND d.log_id = k.c3""")),
          entry(
              Op.FIND_RECORD,
              keyed(
                  "nbb",
                  """
                  SELECT k.ord, r.version, r.payload FROM ${keys} STRAIGHT_JOIN ${prefix}record r
                    ON r.stream_id = k.c1 AND r.space = UNHEX(k.c2) AND r.id = UNHEX(k.c3)""")),
          // Large payloads stay behind until it is known that they fit into the page.
          entry(
              Op.READ_LOG_UP,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?), seq, ordinal,
                time_millis, format,
                CASE WHEN OCTET_LENGTH(payload) <= 16384 THEN payload END, OCTET_LENGTH(payload)
              FROM ${prefix}log
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND stream_id = ? AND seq BETWEEN ? AND ?
              ORDER BY seq LIMIT ?"""),
          entry(
              Op.READ_LOG_DOWN,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?), seq, ordinal,
                time_millis, format,
                CASE WHEN OCTET_LENGTH(payload) <= 16384 THEN payload END, OCTET_LENGTH(payload)
              FROM ${prefix}log
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND stream_id = ? AND seq BETWEEN ? AND ?
              ORDER BY seq DESC LIMIT ?"""),
          entry(
              Op.READ_INBOX,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?),
                i.position, i.type, i.format, i.log_id, i.seq, i.ckey,
                CASE WHEN OCTET_LENGTH(i.payload) <= 16384 THEN i.payload END,
                OCTET_LENGTH(i.payload),
                l.seq, l.ordinal, l.time_millis, l.format,
                CASE WHEN OCTET_LENGTH(l.payload) <= 16384 THEN l.payload END,
                OCTET_LENGTH(l.payload)
              FROM ${prefix}inbox i
              LEFT JOIN ${prefix}log l ON l.stream_id = i.log_id AND l.seq = i.seq
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND i.stream_id = ? AND i.position > ? ORDER BY i.position LIMIT ?"""),
          entry(
              Op.RAISE_FLOOR,
              """
              INSERT INTO ${prefix}floor (stream_id, floor, ordinal, time_millis, removed)
              VALUES (?, ?, ?, ?, ?)
              ON DUPLICATE KEY UPDATE
                floor = VALUES(floor),
                ordinal = VALUES(ordinal),
                time_millis = VALUES(time_millis),
                removed = GREATEST(removed, VALUES(removed))"""),
          entry(
              Op.SWEEP,
              "DELETE FROM ${prefix}dedup WHERE expires_at <= ? ORDER BY expires_at LIMIT ?"),
          entry(
              Op.FIND_ENQUEUED,
              """
              SELECT 1 FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT k.c1 FROM JSON_TABLE(?, '$[*]' COLUMNS (c1 BIGINT PATH '$')) k) LIMIT 1"""),
          entry(
              Op.READ_ENQUEUED,
              """
              SELECT id, tenant, lane, hash,
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload)
              FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT k.c1 FROM JSON_TABLE(?, '$[*]' COLUMNS (c1 BIGINT PATH '$')) k)
              ORDER BY id LIMIT ?"""),
          // A scan, which is cheaper for a few rows, would wait for rows that are not committed
          // yet.
          entry(
              Op.REMOVE_ENQUEUED,
              keyed(
                  "nn",
                  """
                  DELETE e FROM ${keys} STRAIGHT_JOIN ${prefix}enqueue e FORCE INDEX (PRIMARY)
                    ON e.id = k.c1 AND e.hash = k.c2""")));
}
