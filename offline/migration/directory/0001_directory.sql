-- A cache of headquarters' feed, with the cursor up to which it was applied.
-- Whatever is wrong with it, it is thrown away and read again from 0.

CREATE TABLE feed (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
INSERT INTO feed (one, incarnation, position) VALUES (1, 0, 0);

-- How members are found. key is the first half of the keyed hash, or one of
-- the next few places where another member has that; rest is the second half.
-- Accounts are their 16 bytes here: a chain has millions of these rows.
CREATE TABLE identifier (
  key     INTEGER PRIMARY KEY,
  rest    BLOB NOT NULL CHECK (length(rest) = 8),
  account BLOB NOT NULL CHECK (length(account) = 16)
) STRICT;

-- applied_* is this terminal's last place that the balances count.
CREATE TABLE account (
  account        BLOB PRIMARY KEY CHECK (length(account) = 16),
  name           TEXT NOT NULL,
  identifiers    BLOB NOT NULL CHECK (length(identifiers) % 16 = 0),
  applied_epoch  INTEGER NOT NULL,
  applied_branch BLOB NOT NULL CHECK (length(applied_branch) = 8),
  applied_seq    INTEGER NOT NULL,
  as_of_ms       INTEGER NOT NULL,
  position       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE balance (
  account    BLOB NOT NULL CHECK (length(account) = 16),
  program    TEXT NOT NULL,
  unit       TEXT NOT NULL,
  available  INTEGER NOT NULL,
  escrowed   INTEGER NOT NULL,
  pending    INTEGER NOT NULL,
  receivable INTEGER NOT NULL,
  PRIMARY KEY (account, program, unit)
) STRICT, WITHOUT ROWID;
