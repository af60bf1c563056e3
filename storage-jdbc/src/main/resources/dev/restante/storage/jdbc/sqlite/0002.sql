-- What transactions of the host enqueued. Rows that were submitted are deleted. AUTOINCREMENT: a
-- number is never given twice.
CREATE TABLE ${prefix}enqueue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant BLOB NOT NULL,
  lane INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  payload BLOB NOT NULL
);

-- What was refused for good: code and detail say why.
CREATE TABLE ${prefix}dead_letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant BLOB NOT NULL,
  lane INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  payload BLOB NOT NULL,
  code BLOB NOT NULL,
  detail BLOB NOT NULL,
  time_millis INTEGER NOT NULL
);

-- Whose turn it is to submit, in its one row. "turns" makes each claim change something.
CREATE TABLE ${prefix}relay (
  slot INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  until_millis INTEGER NOT NULL,
  turns INTEGER NOT NULL
);

INSERT INTO ${prefix}relay (slot, owner, until_millis, turns) VALUES (1, 0, 0, 0);
