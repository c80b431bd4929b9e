-- What a sale writes lies in the order of its keys: one tree to find and to write each
-- row in, where a table and an index beside it are two. The rows are copied,
-- once. On PostgreSQL there is no such layout.

ALTER TABLE lot RENAME TO lot_by_rowid;
CREATE TABLE lot (
  account       TEXT    NOT NULL,
  lot           TEXT    NOT NULL,
  n             INTEGER NOT NULL, -- ledger row that made it
  program       TEXT    NOT NULL,
  unit          TEXT    NOT NULL,
  amount        INTEGER NOT NULL,
  rest          INTEGER NOT NULL CHECK (rest >= 0 AND rest <= amount),
  pending       INTEGER NOT NULL,
  vests_at_ms   INTEGER NOT NULL, -- 0 at once
  expires_at_ms INTEGER NOT NULL, -- 0 never
  since         TEXT    NOT NULL DEFAULT '',
  vested        TEXT    NOT NULL DEFAULT '',
  idle          TEXT    NOT NULL DEFAULT '',
  promise       TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (account, lot)
) STRICT, WITHOUT ROWID;
INSERT INTO lot (account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested, idle, promise)
SELECT account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested, idle, promise
FROM lot_by_rowid;
DROP TABLE lot_by_rowid;

ALTER TABLE balance RENAME TO balance_by_rowid;
CREATE TABLE balance (
  account     TEXT    NOT NULL,
  program     TEXT    NOT NULL,
  unit        TEXT    NOT NULL,
  available   INTEGER NOT NULL CHECK (available >= 0),
  pending     INTEGER NOT NULL CHECK (pending >= 0),
  receivable  INTEGER NOT NULL CHECK (receivable >= 0),
  idled       TEXT    NOT NULL DEFAULT '',
  idled_after TEXT    NOT NULL DEFAULT '[]',
  PRIMARY KEY (account, program, unit),
  CHECK (available = 0 OR receivable = 0)
) STRICT, WITHOUT ROWID;
INSERT INTO balance (account, program, unit, available, pending, receivable, idled, idled_after)
SELECT account, program, unit, available, pending, receivable, idled, idled_after
FROM balance_by_rowid;
DROP TABLE balance_by_rowid;

ALTER TABLE member_state RENAME TO member_state_by_rowid;
CREATE TABLE member_state (
  account TEXT NOT NULL,
  program TEXT NOT NULL,
  state   BLOB NOT NULL,
  PRIMARY KEY (account, program)
) STRICT, WITHOUT ROWID;
INSERT INTO member_state (account, program, state)
SELECT account, program, state
FROM member_state_by_rowid;
DROP TABLE member_state_by_rowid;

ALTER TABLE account RENAME TO account_by_rowid;
CREATE TABLE account (
  account       TEXT PRIMARY KEY,
  n             INTEGER NOT NULL, -- rows of its ledger
  head          BLOB    NOT NULL, -- hash of the last one
  version       INTEGER NOT NULL, -- grows with everything a feed tells of it
  last_terminal TEXT,             -- of the last sale
  last_program  TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO account (account, n, head, version, last_terminal, last_program)
SELECT account, n, head, version, last_terminal, last_program
FROM account_by_rowid;
DROP TABLE account_by_rowid;

ALTER TABLE account_place RENAME TO account_place_by_rowid;
CREATE TABLE account_place (
  account   TEXT    NOT NULL,
  terminal  TEXT    NOT NULL,
  epoch     INTEGER NOT NULL,
  branch    BLOB    NOT NULL,
  seq       INTEGER NOT NULL,
  met_at_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, terminal)
) STRICT, WITHOUT ROWID;
INSERT INTO account_place (account, terminal, epoch, branch, seq, met_at_ms)
SELECT account, terminal, epoch, branch, seq, met_at_ms
FROM account_place_by_rowid;
DROP TABLE account_place_by_rowid;

ALTER TABLE feed_dirty RENAME TO feed_dirty_by_rowid;
CREATE TABLE feed_dirty (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  since_n INTEGER NOT NULL -- first ledger row that no feed may have told yet
) STRICT, WITHOUT ROWID;
INSERT INTO feed_dirty (account, version, since_n)
SELECT account, version, since_n
FROM feed_dirty_by_rowid;
DROP TABLE feed_dirty_by_rowid;

ALTER TABLE authority_dirty RENAME TO authority_dirty_by_rowid;
CREATE TABLE authority_dirty (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO authority_dirty (account, version)
SELECT account, version
FROM authority_dirty_by_rowid;
DROP TABLE authority_dirty_by_rowid;

ALTER TABLE matured RENAME TO matured_by_rowid;
CREATE TABLE matured (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO matured (account, version)
SELECT account, version
FROM matured_by_rowid;
DROP TABLE matured_by_rowid;

ALTER TABLE claim_entry RENAME TO claim_entry_by_rowid;
CREATE TABLE claim_entry (
  entry     TEXT PRIMARY KEY,
  body_hash BLOB NOT NULL,
  account   TEXT              -- who it was resolved to; NULL until that is decided
) STRICT, WITHOUT ROWID;
INSERT INTO claim_entry (entry, body_hash, account)
SELECT entry, body_hash, account
FROM claim_entry_by_rowid;
DROP TABLE claim_entry_by_rowid;

ALTER TABLE claim_sale RENAME TO claim_sale_by_rowid;
CREATE TABLE claim_sale (
  terminal          TEXT NOT NULL,
  business_day_date TEXT NOT NULL,
  sale_id           TEXT NOT NULL,
  entry             TEXT NOT NULL,
  PRIMARY KEY (terminal, business_day_date, sale_id)
) STRICT, WITHOUT ROWID;
INSERT INTO claim_sale (terminal, business_day_date, sale_id, entry)
SELECT terminal, business_day_date, sale_id, entry
FROM claim_sale_by_rowid;
DROP TABLE claim_sale_by_rowid;

ALTER TABLE projected RENAME TO projected_by_rowid;
CREATE TABLE projected (
  terminal TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
) STRICT, WITHOUT ROWID;
INSERT INTO projected (terminal, epoch, branch, seq)
SELECT terminal, epoch, branch, seq
FROM projected_by_rowid;
DROP TABLE projected_by_rowid;
