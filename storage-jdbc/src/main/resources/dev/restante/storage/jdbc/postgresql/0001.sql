-- Keys are interned: every stream has a number, given once and never changed. Names are bytes of
-- UTF-8, so that NUL, case and normal forms are data.
CREATE TABLE ${prefix}stream (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind smallint NOT NULL,
  tenant bytea NOT NULL,
  name bytea NOT NULL,
  CONSTRAINT ${prefix}stream_key UNIQUE (kind, tenant, name)
);

-- One row for each stream that rows were ever removed from. "removed" is the greatest number ever
-- removed, by trimming (then it is the floor) or by compaction: no append may begin at or below it.
CREATE TABLE ${prefix}floor (
  stream_id bigint PRIMARY KEY,
  floor bigint NOT NULL,
  ordinal bigint NOT NULL,
  time_millis bigint NOT NULL,
  removed bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE ${prefix}log (
  stream_id bigint NOT NULL,
  seq bigint NOT NULL,
  ordinal bigint NOT NULL,
  time_millis bigint NOT NULL,
  format smallint NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (stream_id, seq)
);

-- log_id 0 and seq 0: no reference. ckey: compaction key. payload NULL: empty.
CREATE TABLE ${prefix}inbox (
  stream_id bigint NOT NULL,
  position bigint NOT NULL,
  log_id bigint NOT NULL,
  seq bigint NOT NULL,
  type smallint NOT NULL,
  format smallint NOT NULL,
  ckey bytea,
  payload bytea,
  PRIMARY KEY (stream_id, position)
);

CREATE INDEX ${prefix}inbox_ckey ON ${prefix}inbox (stream_id, ckey) WHERE ckey IS NOT NULL;

-- client_id: a UUID in its usual form is 16 bytes after FF, anything else UTF-8.
CREATE TABLE ${prefix}dedup (
  client_id bytea NOT NULL,
  sender_id bigint NOT NULL,
  log_id bigint NOT NULL,
  hash bigint NOT NULL,
  seq bigint NOT NULL,
  time_millis bigint NOT NULL,
  expires_at bigint NOT NULL,
  PRIMARY KEY (client_id, sender_id, log_id)
);

CREATE TABLE ${prefix}record (
  stream_id bigint NOT NULL,
  space text COLLATE "C" NOT NULL,
  id bytea NOT NULL,
  version bigint NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (stream_id, space, id)
) WITH (fillfactor = 80);

-- How often a record changed that commits may be guarded on, by the lock that guards hold. A guard
-- that was found to hold need not be looked up again as long as the count stands.
CREATE TABLE ${prefix}guard (
  lock smallint PRIMARY KEY,
  changes bigint NOT NULL
) WITH (fillfactor = 20);

INSERT INTO ${prefix}guard (lock, changes) SELECT n, 0 FROM generate_series(0, 63) n;

-- Where commits that were made in turns left their streams, for the node that has the next turn; the
-- latest few hundred. Not logged: nothing depends on it, and a server that restarts forgets it.
CREATE UNLOGGED TABLE ${prefix}moved (
  n bigint PRIMARY KEY,
  heads bytea NOT NULL
);

ALTER TABLE ${prefix}moved ALTER COLUMN heads SET STORAGE EXTERNAL;
