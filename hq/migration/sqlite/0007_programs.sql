-- Versions of the chain's program as they were published. Rows are never
-- changed; n is the order of publishing, and the last one says which program
-- the chain runs.
CREATE TABLE program_version (
  n               INTEGER PRIMARY KEY,
  program         TEXT    NOT NULL,
  version         INTEGER NOT NULL,
  source          BLOB    NOT NULL, -- YAML, byte for byte
  hash            BLOB    NOT NULL, -- SHA-256 of source
  signature       BLOB    NOT NULL, -- over source
  announced       TEXT    NOT NULL,
  effective       TEXT    NOT NULL,
  published_at_ms INTEGER NOT NULL,
  UNIQUE (program, version)
) STRICT;

-- Rules that were stopped, in versions up to one. Rows are never changed.
CREATE TABLE rule_stop (
  program   TEXT    NOT NULL,
  rule      TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  body      BLOB    NOT NULL, -- JSON of ledger.Stop: who, when and why
  signature BLOB    NOT NULL,
  PRIMARY KEY (program, rule, version)
) STRICT;

-- Which version accounts were last looked at under, in whole.
CREATE TABLE program_in_force (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  program TEXT    NOT NULL,
  version INTEGER NOT NULL
) STRICT;
