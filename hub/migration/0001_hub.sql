-- What lanes told this hub. Headquarters and the lanes have or get all of it: a file
-- that is lost is told again.

-- Another incarnation is another list of news. position is the last one given.
CREATE TABLE list (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;

-- The tills of the store, as headquarters last said.
CREATE TABLE lane (
  terminal    TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  public_key  BLOB NOT NULL,
  heard_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Up to where the hub has each branch of a lane's journal.
CREATE TABLE branch (
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL CHECK (length(branch) = 8),
  seq      INTEGER NOT NULL,
  hash     BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (terminal, epoch, branch)
) STRICT;

-- Batches as they came, until headquarters has them; refused says why it does not
-- take one from a hub.
CREATE TABLE batch (
  n        INTEGER PRIMARY KEY,
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL,
  last     INTEGER NOT NULL,
  entries  INTEGER NOT NULL,
  message  BLOB NOT NULL,
  at_ms    INTEGER NOT NULL,
  refused  TEXT
) STRICT;

-- What an entry adds to an account, at the last place it was told at; settled once
-- headquarters' row counts it. deltas is JSON.
CREATE TABLE news (
  entry    TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  account  TEXT NOT NULL,
  program  TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  deltas   TEXT NOT NULL,
  at_ms    INTEGER NOT NULL,
  settled  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX news_open ON news (account) WHERE settled = 0;

-- Accounts that became others', each at its end.
CREATE TABLE forward (
  account  TEXT PRIMARY KEY,
  survivor TEXT NOT NULL
) STRICT;

-- Places that a row counts of lanes which have not told the hub of them yet.
CREATE TABLE counted (
  account  TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (account, terminal)
) STRICT;
