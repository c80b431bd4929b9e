-- Versions of the store's program as headquarters published them, in the order
-- in which this till first heard of each, and the rules that it stopped: bytes
-- and signatures are headquarters' own. key is the feed's name for a row.
CREATE TABLE program (
  n         INTEGER PRIMARY KEY,
  key       TEXT NOT NULL UNIQUE,
  source    BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE TABLE rule_stop (
  n         INTEGER PRIMARY KEY,
  key       TEXT NOT NULL UNIQUE,
  body      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;

-- Up to where the feed was heard of these.
CREATE TABLE program_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
