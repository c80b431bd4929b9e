-- The PIN that a member set here, until headquarters has counted the entry that says
-- so: a hash with the store's key over it.
CREATE TABLE member_pin (
  member  TEXT PRIMARY KEY,
  account TEXT NOT NULL, -- hers, or what became of it
  n       INTEGER NOT NULL, -- the journal's row
  hash    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_pin_account ON member_pin (account);

-- Wrong PINs in a row that were keyed here as a member's. Nobody else is told.
CREATE TABLE pin_tries (
  member  TEXT PRIMARY KEY,
  failed  INTEGER NOT NULL CHECK (failed > 0),
  last_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
