-- What other lanes of the store told the hub, and headquarters' row of the account
-- does not count yet: as unsettled has it of this terminal's own entries.
CREATE TABLE news (
  account   BLOB NOT NULL CHECK (length(account) = 16),
  entry     TEXT NOT NULL,
  unit      TEXT NOT NULL,
  program   TEXT NOT NULL,
  terminal  TEXT NOT NULL,
  epoch     INTEGER NOT NULL,
  branch    BLOB NOT NULL CHECK (length(branch) = 8),
  seq       INTEGER NOT NULL,
  available INTEGER NOT NULL,
  escrowed  INTEGER NOT NULL,
  pending   INTEGER NOT NULL,
  PRIMARY KEY (account, entry, unit)
) STRICT, WITHOUT ROWID;

-- Places of other lanes that a row counts and the hub has not told of yet: what it
-- tells up to there later is in the row.
CREATE TABLE news_counted (
  account  BLOB NOT NULL CHECK (length(account) = 16),
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL CHECK (length(branch) = 8),
  seq      INTEGER NOT NULL,
  PRIMARY KEY (account, terminal)
) STRICT, WITHOUT ROWID;

-- Up to where the hub's list was applied; no row as long as there is no hub.
CREATE TABLE news_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
