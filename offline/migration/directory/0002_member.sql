-- One row for each identifier, with all that the counter shows of its member:
-- finding her reads one row. The rows of an account with several identifiers
-- say the same.

-- The unit whose balance stands in the members' own rows: the store's points.
-- The balances of all others stay in balance.
CREATE TABLE main_unit (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  program TEXT NOT NULL,
  unit    TEXT NOT NULL
) STRICT;
INSERT INTO main_unit (one, program, unit)
SELECT 1, program, unit FROM balance GROUP BY program, unit ORDER BY count(*) DESC LIMIT 1;

-- The epochs of this terminal that balances are applied up to, by number.
CREATE TABLE applied_epoch (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  epoch  INTEGER NOT NULL,
  branch BLOB NOT NULL CHECK (length(branch) = 8),
  UNIQUE (epoch, branch)
) STRICT;
INSERT INTO applied_epoch (epoch, branch)
SELECT DISTINCT applied_epoch, applied_branch FROM account WHERE applied_epoch > 0;

-- key is the first six bytes of the keyed hash, or one of the next few places
-- where another member has that; rest is its last six. An account
-- without identifiers has a row with a key below zero.
-- name is without the stars that mask it; one masked otherwise is whole, after
-- a '='. as_of_s is NULL where the feed has told nothing of the account or took
-- it back. available is less what is owed: never both are above zero.
-- applied is the number of an epoch, 0 where headquarters has counted nothing.
CREATE TABLE member (
  key         INTEGER PRIMARY KEY,
  rest        BLOB NOT NULL CHECK (length(rest) = 6),
  account     BLOB NOT NULL CHECK (length(account) = 16),
  name        TEXT NOT NULL,
  as_of_s     INTEGER,
  available   INTEGER, -- of the main unit, NULL with escrowed and pending
  escrowed    INTEGER,
  pending     INTEGER,
  applied     INTEGER NOT NULL,
  applied_seq INTEGER NOT NULL
) STRICT;

ALTER TABLE balance RENAME TO old_balance;
CREATE TABLE balance (
  account   BLOB NOT NULL CHECK (length(account) = 16),
  program   TEXT NOT NULL,
  unit      TEXT NOT NULL,
  available INTEGER NOT NULL,
  escrowed  INTEGER NOT NULL,
  pending   INTEGER NOT NULL,
  PRIMARY KEY (account, program, unit)
) STRICT, WITHOUT ROWID;
INSERT INTO balance (account, program, unit, available, escrowed, pending)
SELECT b.account, b.program, b.unit, b.available - b.receivable, b.escrowed, b.pending
FROM old_balance b CROSS JOIN main_unit m
WHERE (b.program, b.unit) <> (m.program, m.unit);

-- What the old tables know, as it stands in the new rows: from the identifiers
-- on, and from the accounts that no identifier leads to.
CREATE TEMP VIEW told AS
SELECT i.key AS whole, (i.key >> 16) & 0xffffffffffff AS key, substr(i.rest, 3, 6) AS rest, i.account,
  CASE
    WHEN a.name IS NULL THEN ''
    WHEN a.name NOT LIKE '=%' AND replace(replace(a.name, '***', ''), ' ', '*** ') || '***' = a.name
    THEN replace(a.name, '***', '')
    ELSE '=' || a.name
  END AS name,
  a.as_of_ms / 1000 AS as_of_s, b.available - b.receivable AS available, b.escrowed, b.pending,
  coalesce(e.number, 0) AS applied, iif(e.number IS NULL, 0, a.applied_seq) AS applied_seq
FROM main.identifier i
  LEFT JOIN main.account a ON a.account = i.account
  LEFT JOIN main.main_unit m ON m.one = 1
  LEFT JOIN main.old_balance b ON b.account = i.account AND b.program = m.program AND b.unit = m.unit
  LEFT JOIN main.applied_epoch e ON e.epoch = a.applied_epoch AND e.branch = a.applied_branch;

-- In the order of the new keys, so that the rows are written one behind the
-- other. The old key was the first eight bytes, moved by at most seven places:
-- its first six are moved by at most one.
INSERT OR IGNORE INTO member
SELECT key, rest, account, name, as_of_s, available, escrowed, pending, applied, applied_seq
FROM told
WHERE whole >= 0
ORDER BY whole;
INSERT OR IGNORE INTO member
SELECT key, rest, account, name, as_of_s, available, escrowed, pending, applied, applied_seq
FROM told
WHERE whole < 0
ORDER BY whole;

-- Those whose place was taken go to the next: shorter keys meet more often.
INSERT OR IGNORE INTO member
SELECT (SELECT max(n.key) FROM member n WHERE n.key BETWEEN t.key AND t.key + 7) + row_number() OVER (PARTITION BY t.key),
  rest, account, name, as_of_s, available, escrowed, pending, applied, applied_seq
FROM told t
WHERE NOT EXISTS (SELECT 1 FROM member n WHERE n.key BETWEEN t.key AND t.key + 7 AND n.rest = t.rest);

-- Accounts that no identifier leads to pass through identifier themselves.
CREATE TEMP TABLE unnamed AS
SELECT account FROM main.account WHERE account NOT IN (SELECT account FROM main.identifier);
DELETE FROM identifier;
INSERT INTO identifier (key, rest, account)
SELECT row_number() OVER (), zeroblob(8), account FROM unnamed;
INSERT INTO member
SELECT -whole, rest, account, name, as_of_s, available, escrowed, pending, applied, applied_seq
FROM told;

-- By account: few begin with the same four bytes.
CREATE INDEX member_account ON member (substr(account, 1, 4));

DROP VIEW told;
DROP TABLE unnamed;
DROP TABLE identifier;
DROP TABLE account;
DROP TABLE old_balance;
