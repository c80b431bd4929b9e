-- What was found in the bytes of a damaged journal, on its way into a new one.
-- Only what proves itself is taken: a body by its hash, ciphertext by its own,
-- a grant by headquarters' signature being beside it.

CREATE TABLE epoch (
  epoch       INTEGER PRIMARY KEY,
  branch      BLOB NOT NULL,
  begins      BLOB NOT NULL,
  base_n      INTEGER NOT NULL,
  from_epoch  INTEGER NOT NULL,
  from_seq    INTEGER NOT NULL,
  began_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
  n         INTEGER PRIMARY KEY,
  epoch     INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  id        TEXT NOT NULL,
  body      TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  hash      BLOB NOT NULL,
  orig_n    INTEGER
) STRICT;

CREATE TABLE sale (
  entry   TEXT PRIMARY KEY,
  request BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
  sha256     BLOB PRIMARY KEY,
  ciphertext BLOB NOT NULL
) STRICT;

CREATE TABLE local (
  hash    BLOB PRIMARY KEY,
  account TEXT NOT NULL,
  mask    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rights (
  right_id  TEXT PRIMARY KEY,
  body      TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE acked (
  epoch        INTEGER NOT NULL,
  branch       BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  hash         BLOB NOT NULL,
  incarnation  INTEGER NOT NULL,
  PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
