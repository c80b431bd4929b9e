-- Entries that met a rule of conduct at their till, for people to look at.
CREATE TABLE flagged (
  account  TEXT NOT NULL,
  entry    TEXT NOT NULL,
  terminal TEXT NOT NULL,
  flags    TEXT NOT NULL, -- names, a blank between them
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (account, entry)
) STRICT;
