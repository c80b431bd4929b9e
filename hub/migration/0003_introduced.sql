-- By what lanes find members whom headquarters' feed has not brought to this hub, in the
-- same list as news. One that is withdrawn is told once more, as such.
CREATE TABLE introduction (
  hash      BLOB NOT NULL CHECK (length(hash) = 16),
  terminal  TEXT NOT NULL,
  position  INTEGER NOT NULL UNIQUE,
  account   TEXT NOT NULL,
  member    TEXT NOT NULL,
  name      TEXT NOT NULL, -- masked
  at_ms     INTEGER NOT NULL,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (hash, terminal)
) STRICT, WITHOUT ROWID;
