-- Versions of programs, and rules that were stopped: text with headquarters'
-- signature over it. n is the order in which the till heard of them last.
CREATE TABLE publication (
  key       TEXT PRIMARY KEY,
  n         INTEGER NOT NULL,
  text      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
