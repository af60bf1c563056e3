-- Keys are interned: every stream has a number, given once and never changed. Names are bytes of
-- UTF-8, so that NUL, case and normal forms are data. AUTOINCREMENT: a number is never given twice.
CREATE TABLE ${prefix}stream (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  tenant BLOB NOT NULL,
  name BLOB NOT NULL,
  UNIQUE (kind, tenant, name)
);

-- One row for each stream that rows were ever removed from. "removed" is the greatest number ever
-- removed, by trimming (then it is the floor) or by compaction: no append may begin at or below it.
CREATE TABLE ${prefix}floor (
  stream_id INTEGER PRIMARY KEY,
  floor INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  time_millis INTEGER NOT NULL,
  removed INTEGER NOT NULL
);

-- Rows lie in the order of appending, the index finds them: clustering by key would touch a page
-- for every conversation of a commit.
CREATE TABLE ${prefix}log (
  stream_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  time_millis INTEGER NOT NULL,
  format INTEGER NOT NULL,
  payload BLOB NOT NULL
);

CREATE UNIQUE INDEX ${prefix}log_key ON ${prefix}log (stream_id, seq);

-- log_id 0 and seq 0: no reference. ckey: compaction key. payload NULL: empty.
CREATE TABLE ${prefix}inbox (
  stream_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  log_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  type INTEGER NOT NULL,
  format INTEGER NOT NULL,
  ckey BLOB,
  payload BLOB
);

CREATE UNIQUE INDEX ${prefix}inbox_key ON ${prefix}inbox (stream_id, position);

CREATE INDEX ${prefix}inbox_ckey ON ${prefix}inbox (stream_id, ckey) WHERE ckey IS NOT NULL;

-- client_id: a UUID in its usual form is 16 bytes after FF, anything else UTF-8.
CREATE TABLE ${prefix}dedup (
  client_id BLOB NOT NULL,
  sender_id INTEGER NOT NULL,
  log_id INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  time_millis INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (client_id, sender_id, log_id)
) WITHOUT ROWID;

CREATE INDEX ${prefix}dedup_expiry ON ${prefix}dedup (expires_at);

CREATE TABLE ${prefix}record (
  stream_id INTEGER NOT NULL,
  space TEXT NOT NULL,
  id BLOB NOT NULL,
  version INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (stream_id, space, id)
);
