-- A statement that makes a table commits at once, so a migration that was cut short goes on where it
-- was: everything here may be run again.

-- Keys are interned: every stream has a number, given once and never changed. Names are bytes of
-- UTF-8, so that NUL, case, normal forms and trailing spaces are data; no collation sees them.
CREATE TABLE IF NOT EXISTS ${prefix}stream (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind smallint NOT NULL,
  tenant varbinary(255) NOT NULL,
  name varbinary(600) NOT NULL,
  UNIQUE KEY ${prefix}stream_key (kind, tenant, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- One row for each stream that rows were ever removed from. "removed" is the greatest number ever
-- removed, by trimming (then it is the floor) or by compaction: no append may begin at or below it.
CREATE TABLE IF NOT EXISTS ${prefix}floor (
  stream_id bigint NOT NULL PRIMARY KEY,
  floor bigint NOT NULL,
  ordinal bigint NOT NULL,
  time_millis bigint NOT NULL,
  removed bigint NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS ${prefix}log (
  stream_id bigint NOT NULL,
  seq bigint NOT NULL,
  ordinal bigint NOT NULL,
  time_millis bigint NOT NULL,
  format smallint NOT NULL,
  payload longblob NOT NULL,
  PRIMARY KEY (stream_id, seq)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- log_id 0 and seq 0: no reference. ckey: compaction key. payload NULL: empty.
CREATE TABLE IF NOT EXISTS ${prefix}inbox (
  stream_id bigint NOT NULL,
  position bigint NOT NULL,
  log_id bigint NOT NULL,
  seq bigint NOT NULL,
  type smallint NOT NULL,
  format smallint NOT NULL,
  ckey varbinary(255),
  payload longblob,
  PRIMARY KEY (stream_id, position),
  KEY ${prefix}inbox_ckey (stream_id, ckey)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS ${prefix}dedup (
  client_id varbinary(255) NOT NULL,
  sender_id bigint NOT NULL,
  log_id bigint NOT NULL,
  hash bigint NOT NULL,
  seq bigint NOT NULL,
  time_millis bigint NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (client_id, sender_id, log_id),
  KEY ${prefix}dedup_expiry (expires_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

CREATE TABLE IF NOT EXISTS ${prefix}record (
  stream_id bigint NOT NULL,
  space varbinary(16) NOT NULL,
  id varbinary(600) NOT NULL,
  version bigint NOT NULL,
  payload longblob NOT NULL,
  PRIMARY KEY (stream_id, space, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Rows to lock: which one stands for a record goes by its stream's number. "changes" is another
-- number after each change of a record that commits may be guarded on: a guard that was found to
-- hold need not be looked up again as long as it stands.
CREATE TABLE IF NOT EXISTS ${prefix}guard_lock (
  slot smallint NOT NULL PRIMARY KEY,
  changes bigint NOT NULL DEFAULT 0
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

INSERT IGNORE INTO ${prefix}guard_lock (slot) VALUES
  (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15),
  (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31),
  (32), (33), (34), (35), (36), (37), (38), (39), (40), (41), (42), (43), (44), (45), (46), (47),
  (48), (49), (50), (51), (52), (53), (54), (55), (56), (57), (58), (59), (60), (61), (62), (63);
