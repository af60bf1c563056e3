package dev.restante.storage.jdbc;

import static java.util.Map.entry;

import java.util.Map;

/** The texts of PostgreSQL. Each {@code ?} of a step or look-up is one column of rows. */
final class PostgresTexts {
  private PostgresTexts() {}

  /** The same inserts for many rows, which follow in the {@link CopyFormat}. */
  static final Map<Op, String> COPIES =
      Map.of(
          Op.REMEMBER,
          """
          COPY ${prefix}dedup (client_id, sender_id, log_id, hash, seq, time_millis, expires_at)
          FROM STDIN (FORMAT binary)""",
          Op.APPEND_LOG,
          """
          COPY ${prefix}log (stream_id, seq, ordinal, time_millis, format, payload)
          FROM STDIN (FORMAT binary)""",
          Op.APPEND_INBOX,
          """
          COPY ${prefix}inbox (stream_id, position, log_id, seq, type, format, ckey, payload)
          FROM STDIN (FORMAT binary)""");

  static final Map<Op, String> ALL =
      Map.ofEntries(
          entry(
              Op.FIND_COUNTED,
              """
              SELECT 1 FROM unnest(?::int2[], ?::int8[]) k(lock, changes)
              WHERE (SELECT g.changes FROM ${prefix}guard g WHERE g.lock = k.lock)
                IS DISTINCT FROM k.changes
              LIMIT 1"""),
          entry(
              Op.NOTE_MOVED,
              "INSERT INTO ${prefix}moved (n, heads) SELECT * FROM unnest(?::int8[], ?::bytea[])"),
          entry(
              Op.FIND_NOTES,
              """
              SELECT k.ord, coalesce((SELECT max(n) FROM ${prefix}moved), 0),
                EXISTS (SELECT FROM ${prefix}moved m WHERE m.n = k.n)
              FROM unnest(?::int8[]) WITH ORDINALITY k(n, ord)"""),
          entry(
              Op.READ_NOTES,
              """
              SELECT k.ord, m.heads, m.n FROM unnest(?::int8[]) WITH ORDINALITY k(n, ord)
              JOIN ${prefix}moved m ON m.n > k.n ORDER BY m.n"""),
          entry(
              Op.REMOVE_NOTES,
              """
              DELETE FROM ${prefix}moved m USING unnest(?::int8[], ?::int8[]) k(first, before)
              WHERE m.n >= k.first AND m.n < k.before"""),
          entry(
              Op.COUNT_CHANGE,
              """
              UPDATE ${prefix}guard g SET changes = g.changes + 1
              FROM unnest(?::int2[]) k(lock) WHERE g.lock = k.lock"""),
          entry(
              Op.FIND_COUNT,
              """
              SELECT k.ord, g.changes FROM unnest(?::int2[]) WITH ORDINALITY k(lock, ord)
              JOIN ${prefix}guard g ON g.lock = k.lock"""),
          entry(
              Op.FORGET_EXPIRED,
              """
              DELETE FROM ${prefix}dedup d
              USING unnest(?::bytea[], ?::int8[], ?::int8[], ?::int8[])
                k(client_id, sender_id, log_id, now)
              WHERE d.client_id = k.client_id AND d.sender_id = k.sender_id
                AND d.log_id = k.log_id AND d.expires_at <= k.now"""),
          entry(
              Op.REMEMBER,
              """
              INSERT INTO ${prefix}dedup
                (client_id, sender_id, log_id, hash, seq, time_millis, expires_at)
              SELECT * FROM unnest
                (?::bytea[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[])"""),
          entry(
              Op.APPEND_LOG,
              """
              INSERT INTO ${prefix}log (stream_id, seq, ordinal, time_millis, format, payload)
              SELECT * FROM unnest
                (?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int2[], ?::bytea[])"""),
          entry(
              Op.APPEND_INBOX,
              """
              INSERT INTO ${prefix}inbox
                (stream_id, position, log_id, seq, type, format, ckey, payload)
              SELECT * FROM unnest
                (?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int2[], ?::int2[], ?::bytea[],
                 ?::bytea[])"""),
          // Scalar sub-selects are looked up row by row in the index, whatever the planner thinks.
          entry(
              Op.FIND_STRAY,
              """
              SELECT 1 FROM unnest(?::int8[], ?::int2[], ?::bytea[], ?::bytea[])
                k(id, kind, tenant, name)
              WHERE (SELECT 1 FROM ${prefix}stream s WHERE s.id = k.id AND s.kind = k.kind
                  AND s.tenant = k.tenant AND s.name = k.name) IS NULL
              LIMIT 1"""),
          entry(
              Op.FIND_REMOVED,
              """
              SELECT 1 FROM unnest(?::int8[], ?::int8[]) k(id, head)
              WHERE (SELECT f.removed FROM ${prefix}floor f WHERE f.stream_id = k.id) > k.head
              LIMIT 1"""),
          entry(
              Op.FIND_HEADLESS_LOG,
              """
              SELECT 1 FROM unnest(?::int8[], ?::int8[]) k(id, head)
              WHERE (SELECT 1 FROM ${prefix}log l
                  WHERE l.stream_id = k.id AND l.seq = k.head) IS NULL
                AND (SELECT 1 FROM ${prefix}floor f
                  WHERE f.stream_id = k.id AND f.floor = k.head) IS NULL
              LIMIT 1"""),
          entry(
              Op.FIND_HEADLESS_INBOX,
              """
              SELECT 1 FROM unnest(?::int8[], ?::int8[]) k(id, head)
              WHERE (SELECT 1 FROM ${prefix}inbox i
                  WHERE i.stream_id = k.id AND i.position = k.head) IS NULL
                AND (SELECT 1 FROM ${prefix}floor f
                  WHERE f.stream_id = k.id AND f.floor = k.head) IS NULL
              LIMIT 1"""),
          entry(
              Op.FIND_CHANGED_RECORD,
              """
              SELECT 1 FROM unnest(?::int8[], ?::text[], ?::bytea[], ?::int8[])
                k(stream_id, space, id, version)
              WHERE COALESCE((SELECT r.version FROM ${prefix}record r
                  WHERE r.stream_id = k.stream_id AND r.space = k.space COLLATE "C"
                    AND r.id = k.id), 0) <> k.version
              LIMIT 1"""),
          entry(
              Op.LOCK_RECORDS,
              """
              SELECT 1 FROM unnest(?::int8[], ?::text[], ?::bytea[]) k(stream_id, space, id)
              CROSS JOIN LATERAL (SELECT r.version FROM ${prefix}record r
                WHERE r.stream_id = k.stream_id AND r.space = k.space COLLATE "C"
                  AND r.id = k.id FOR UPDATE) locked"""),
          entry(
              Op.ADD_RECORD,
              """
              INSERT INTO ${prefix}record (stream_id, space, id, version, payload)
              SELECT * FROM unnest(?::int8[], ?::text[], ?::bytea[], ?::int8[], ?::bytea[])"""),
          entry(
              Op.REPLACE_RECORD,
              """
              UPDATE ${prefix}record r SET version = k.version, payload = k.payload
              FROM unnest(?::int8[], ?::bytea[], ?::int8[], ?::text[], ?::bytea[], ?::int8[])
                k(version, payload, stream_id, space, id, expected)
              WHERE r.stream_id = k.stream_id AND r.space = k.space COLLATE "C" AND r.id = k.id
                AND r.version = k.expected"""),
          entry(
              Op.REMOVE_RECORD_VERSION,
              """
              DELETE FROM ${prefix}record r
              USING unnest(?::int8[], ?::text[], ?::bytea[], ?::int8[])
                k(stream_id, space, id, expected)
              WHERE r.stream_id = k.stream_id AND r.space = k.space COLLATE "C" AND r.id = k.id
                AND r.version = k.expected"""),
          entry(
              Op.RAISE_RECORD,
              """
              INSERT INTO ${prefix}record AS r (stream_id, space, id, version, payload)
              SELECT * FROM unnest(?::int8[], ?::text[], ?::bytea[], ?::int8[], ?::bytea[])
              ON CONFLICT (stream_id, space, id) DO UPDATE
              SET version = excluded.version, payload = excluded.payload
              WHERE r.version < excluded.version"""),
          entry(
              Op.SET_RECORD,
              """
              INSERT INTO ${prefix}record AS r (stream_id, space, id, version, payload)
              SELECT * FROM unnest(?::int8[], ?::text[], ?::bytea[], ?::int8[], ?::bytea[])
              ON CONFLICT (stream_id, space, id) DO UPDATE
              SET version = excluded.version, payload = excluded.payload"""),
          entry(
              Op.REMOVE_RECORD,
              """
              DELETE FROM ${prefix}record r
              USING unnest(?::int8[], ?::text[], ?::bytea[]) k(stream_id, space, id)
              WHERE r.stream_id = k.stream_id AND r.space = k.space COLLATE "C"
                AND r.id = k.id"""),
          entry(
              Op.NOTE_SKIPPED,
              """
              INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
              SELECT k.id, 0, 0, 0, k.number FROM unnest(?::int8[], ?::int8[]) k(id, number)
              ON CONFLICT (stream_id) DO UPDATE
              SET removed = GREATEST(f.removed, excluded.removed)"""),
          entry(
              Op.REMOVE_LOG_ROW,
              """
              DELETE FROM ${prefix}log l USING unnest(?::int8[], ?::int8[]) k(id, number)
              WHERE l.stream_id = k.id AND l.seq = k.number"""),
          entry(
              Op.REMOVE_INBOX_ROW,
              """
              DELETE FROM ${prefix}inbox i USING unnest(?::int8[], ?::int8[]) k(id, number)
              WHERE i.stream_id = k.id AND i.position = k.number"""),
          entry(
              Op.NOTE_REMOVED,
              """
              INSERT INTO ${prefix}floor AS f (stream_id, floor, ordinal, time_millis, removed)
              SELECT k.stream_id, 0, 0, 0, max(i.position)
              FROM unnest(?::int8[], ?::bytea[], ?::int8[]) k(stream_id, ckey, position)
              JOIN ${prefix}inbox i ON i.stream_id = k.stream_id AND i.ckey = k.ckey
                AND i.position < k.position
              GROUP BY k.stream_id ORDER BY k.stream_id
              ON CONFLICT (stream_id) DO UPDATE
              SET removed = GREATEST(f.removed, excluded.removed)"""),
          entry(
              Op.COMPACT,
              """
              DELETE FROM ${prefix}inbox i
              USING unnest(?::int8[], ?::bytea[], ?::int8[]) k(stream_id, ckey, position)
              WHERE i.stream_id = k.stream_id AND i.ckey = k.ckey AND i.position < k.position"""),
          entry(
              Op.ADD_STREAM,
              """
              INSERT INTO ${prefix}stream (kind, tenant, name)
              SELECT * FROM unnest(?::int2[], ?::bytea[], ?::bytea[])
              ON CONFLICT DO NOTHING"""),
          entry(
              Op.FIND_STREAM,
              """
              SELECT k.ord, s.id
              FROM unnest(?::int2[], ?::bytea[], ?::bytea[]) WITH ORDINALITY
                k(kind, tenant, name, ord)
              JOIN ${prefix}stream s
                ON s.kind = k.kind AND s.tenant = k.tenant AND s.name = k.name"""),
          entry(
              Op.FIND_STREAM_KEY,
              """
              SELECT k.ord, s.kind, s.tenant, s.name
              FROM unnest(?::int8[]) WITH ORDINALITY k(id, ord)
              JOIN ${prefix}stream s ON s.id = k.id"""),
          entry(
              Op.LOCK_STREAM,
              """
              SELECT k.ord FROM unnest(?::int8[]) WITH ORDINALITY k(id, ord)
              CROSS JOIN LATERAL (SELECT s.id FROM ${prefix}stream s
                WHERE s.id = k.id FOR NO KEY UPDATE) locked"""),
          entry(
              Op.LOG_HEAD,
              """
              SELECT k.ord, f.floor, f.ordinal, f.time_millis, l.seq, l.ordinal, l.time_millis
              FROM unnest(?::int8[]) WITH ORDINALITY k(id, ord)
              LEFT JOIN ${prefix}floor f ON f.stream_id = k.id
              LEFT JOIN LATERAL (SELECT seq, ordinal, time_millis FROM ${prefix}log
                WHERE stream_id = k.id ORDER BY seq DESC LIMIT 1) l ON true"""),
          entry(
              Op.INBOX_HEAD,
              """
              SELECT k.ord, f.floor, 0, 0, i.position, 0, 0
              FROM unnest(?::int8[]) WITH ORDINALITY k(id, ord)
              LEFT JOIN ${prefix}floor f ON f.stream_id = k.id
              LEFT JOIN LATERAL (SELECT position FROM ${prefix}inbox
                WHERE stream_id = k.id ORDER BY position DESC LIMIT 1) i ON true"""),
          entry(
              Op.FIND_DEDUP,
              """
              SELECT k.ord, d.hash, d.seq, d.time_millis, d.expires_at
              FROM unnest(?::bytea[], ?::int8[], ?::int8[]) WITH ORDINALITY
                k(client_id, sender_id, log_id, ord)
              JOIN ${prefix}dedup d ON d.client_id = k.client_id
                AND d.sender_id = k.sender_id AND d.log_id = k.log_id"""),
          entry(
              Op.FIND_RECORD,
              """
              SELECT k.ord, r.version, r.payload
              FROM unnest(?::int8[], ?::text[], ?::bytea[]) WITH ORDINALITY
                k(stream_id, space, id, ord)
              JOIN ${prefix}record r ON r.stream_id = k.stream_id
                AND r.space = k.space COLLATE "C" AND r.id = k.id"""),
          // That the number is the stream's is found out once, before any row is looked for.
          // Large payloads stay behind until it is known that they fit into the page.
          entry(
              Op.READ_LOG_UP,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?), seq, ordinal,
                time_millis, format,
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload)
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
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload)
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
                CASE WHEN octet_length(i.payload) <= 16384 THEN i.payload END,
                octet_length(i.payload),
                l.seq, l.ordinal, l.time_millis, l.format,
                CASE WHEN octet_length(l.payload) <= 16384 THEN l.payload END,
                octet_length(l.payload)
              FROM ${prefix}inbox i
              LEFT JOIN ${prefix}log l ON l.stream_id = i.log_id AND l.seq = i.seq
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND i.stream_id = ? AND i.position > ? ORDER BY i.position LIMIT ?"""),
          // Without the messages, but with the floors that tell whether they are there. Not joined:
          // by a plan from the time when there were hardly any floors each row would meet them all.
          entry(
              Op.READ_INBOX_ALONE,
              """
              SELECT (SELECT floor FROM ${prefix}floor WHERE stream_id = ?),
                i.position, i.type, i.format, i.log_id, i.seq, i.ckey,
                CASE WHEN octet_length(i.payload) <= 16384 THEN i.payload END,
                octet_length(i.payload),
                (SELECT f.floor FROM ${prefix}floor f WHERE f.stream_id = i.log_id)
              FROM ${prefix}inbox i
              WHERE EXISTS (SELECT 1 FROM ${prefix}stream s WHERE s.id = ? AND s.kind = ?
                  AND s.tenant = ? AND s.name = ? AND ${same})
                AND i.stream_id = ? AND i.position > ? ORDER BY i.position LIMIT ?"""),
          entry(
              Op.FIND_LOG_ROW,
              """
              SELECT k.ord, l.ordinal, l.time_millis, l.format,
                CASE WHEN octet_length(l.payload) <= 16384 THEN l.payload END,
                octet_length(l.payload), l.seq IS NOT NULL, (SELECT ${same})
              FROM unnest(?::int8[], ?::int8[]) WITH ORDINALITY k(stream_id, seq, ord)
              LEFT JOIN ${prefix}log l ON l.stream_id = k.stream_id AND l.seq = k.seq"""),
          entry(
              Op.DEDUP_PAGES,
              """
              SELECT pg_relation_size('${prefix}dedup'::regclass)
                / current_setting('block_size')::int8"""),
          entry(
              Op.SWEEP,
              """
              DELETE FROM ${prefix}dedup WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM ${prefix}dedup
                WHERE ctid >= ?::text::tid AND ctid < ?::text::tid AND expires_at <= ?
                LIMIT ? FOR UPDATE SKIP LOCKED))"""),
          entry(
              Op.FIND_ENQUEUED,
              """
              SELECT 1 FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT k.lane::int8 FROM json_array_elements_text(?::json) k(lane)) LIMIT 1"""),
          entry(
              Op.READ_ENQUEUED,
              """
              SELECT id, tenant, lane, hash,
                CASE WHEN octet_length(payload) <= 16384 THEN payload END, octet_length(payload)
              FROM ${prefix}enqueue
              WHERE lane NOT IN (SELECT k.lane::int8 FROM json_array_elements_text(?::json) k(lane))
              ORDER BY id LIMIT ?"""),
          entry(
              Op.REMOVE_ENQUEUED,
              """
              DELETE FROM ${prefix}enqueue e
              USING unnest(?::int8[], ?::int8[]) k(id, hash)
              WHERE e.id = k.id AND e.hash = k.hash"""));
}
