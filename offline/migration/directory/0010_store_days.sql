-- What the feed said of the last business days of the store, and up to where it was
-- heard of that: headquarters of the release before does not tell it.
CREATE TABLE store_day (
  business_day_date TEXT PRIMARY KEY,
  told              BLOB NOT NULL -- JSON of ledger.StoreDay
) STRICT;
CREATE TABLE store_day_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
