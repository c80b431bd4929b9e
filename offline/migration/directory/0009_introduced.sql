-- By what other lanes of the store find members whom the feed has not brought here, as
-- they told the hub. It is asked where nobody is found otherwise.
CREATE TABLE introduced (
  hash     BLOB NOT NULL CHECK (length(hash) = 16),
  terminal TEXT NOT NULL,
  account  BLOB NOT NULL CHECK (length(account) = 16),
  member   BLOB NOT NULL CHECK (length(member) = 16),
  name     TEXT NOT NULL, -- masked
  PRIMARY KEY (hash, terminal)
) STRICT, WITHOUT ROWID;
CREATE INDEX introduced_account ON introduced (account);

-- Up to where the hub's list of them was applied: a hub of the release before has none.
CREATE TABLE introduced_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
