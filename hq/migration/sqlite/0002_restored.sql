-- A headquarters that was restored from a backup: when, and until when it
-- waits for what its terminals know (0: it does not).
ALTER TABLE chain ADD COLUMN restored_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chain ADD COLUMN waits_until_ms INTEGER NOT NULL DEFAULT 0;

-- Terminals that are still to be heard since. Once a terminal has handed back
-- its rights, its journal's head then: up to there everything is to come in.
CREATE TABLE awaited (
  terminal    TEXT PRIMARY KEY,
  handed_back INTEGER NOT NULL DEFAULT 0,
  epoch       INTEGER NOT NULL DEFAULT 0,
  branch      BLOB    NOT NULL DEFAULT x'0000000000000000',
  seq         INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Rights that terminals handed back, until they are made again: grants that
-- this headquarters signed and forgot.
CREATE TABLE handed_back (
  account   TEXT    NOT NULL, -- as the grant names it
  right_id  TEXT    NOT NULL,
  terminal  TEXT    NOT NULL,
  body      BLOB    NOT NULL,
  signature BLOB    NOT NULL,
  kept      INTEGER NOT NULL CHECK (kept > 0), -- what was spent of it and what is open
  PRIMARY KEY (account, right_id)
) STRICT;
