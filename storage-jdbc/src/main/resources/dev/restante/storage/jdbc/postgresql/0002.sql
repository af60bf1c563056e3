-- What transactions of the host enqueued. Numbers follow the order of enqueueing, not of committing,
-- so nothing is passed by below any number: rows that were submitted are deleted. The hash tells a
-- draft from another one under the same number, should a restored database give it out again.
CREATE TABLE ${prefix}enqueue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant bytea NOT NULL,
  lane bigint NOT NULL,
  hash bigint NOT NULL,
  payload bytea NOT NULL
);

-- What was refused for good: code and detail say why.
CREATE TABLE ${prefix}dead_letter (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant bytea NOT NULL,
  lane bigint NOT NULL,
  hash bigint NOT NULL,
  payload bytea NOT NULL,
  code bytea NOT NULL,
  detail bytea NOT NULL,
  time_millis bigint NOT NULL
);

-- Whose turn it is to submit, in its one row. "turns" makes each claim change something.
CREATE TABLE ${prefix}relay (
  slot smallint PRIMARY KEY,
  owner bigint NOT NULL,
  until_millis bigint NOT NULL,
  turns bigint NOT NULL
) WITH (fillfactor = 20);

INSERT INTO ${prefix}relay (slot, owner, until_millis, turns) VALUES (1, 0, 0, 0);
