-- What transactions of the host enqueued. Numbers follow the order of enqueueing, not of committing,
-- so nothing is passed by below any number: rows that were submitted are deleted. The hash tells a
-- draft from another one under the same number, should a restored database give it out again.
CREATE TABLE IF NOT EXISTS ${prefix}enqueue (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tenant varbinary(255) NOT NULL,
  lane bigint NOT NULL,
  hash bigint NOT NULL,
  payload longblob NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- What was refused for good: code and detail say why.
CREATE TABLE IF NOT EXISTS ${prefix}dead_letter (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tenant varbinary(255) NOT NULL,
  lane bigint NOT NULL,
  hash bigint NOT NULL,
  payload longblob NOT NULL,
  code varbinary(255) NOT NULL,
  detail longblob NOT NULL,
  time_millis bigint NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

-- Whose turn it is to submit, in its one row. "turns" makes each claim change something.
CREATE TABLE IF NOT EXISTS ${prefix}relay (
  slot smallint NOT NULL PRIMARY KEY,
  owner bigint NOT NULL,
  until_millis bigint NOT NULL,
  turns bigint NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;

INSERT IGNORE INTO ${prefix}relay (slot, owner, until_millis, turns) VALUES (1, 0, 0, 0);
