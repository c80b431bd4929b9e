-- What a till told of a business day, added up once per entry, when it was posted.
CREATE TABLE till_day (
  terminal          TEXT    NOT NULL,
  business_day_date TEXT    NOT NULL,
  version           INTEGER NOT NULL, -- grows with each change
  totals            BLOB,             -- JSON of report.Totals; NULL: it does not fit
  PRIMARY KEY (terminal, business_day_date)
) STRICT, WITHOUT ROWID;

-- Up to where of a till's journal what is posted is counted in its days; what was not
-- posted by then is counted when it is.
CREATE TABLE counted (
  terminal TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
) STRICT, WITHOUT ROWID;

-- Days of which a till's store is to be told.
CREATE TABLE till_day_dirty (
  terminal          TEXT    NOT NULL,
  business_day_date TEXT    NOT NULL,
  version           INTEGER NOT NULL,
  PRIMARY KEY (terminal, business_day_date)
) STRICT, WITHOUT ROWID;

-- As feed_pin, of what stores are told of their business days.
CREATE TABLE feed_day (
  store          TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  key            TEXT    NOT NULL,
  version        INTEGER NOT NULL,
  position       INTEGER NOT NULL,
  change         BLOB    NOT NULL, -- JSON of ledger.Change
  whole_until_ms INTEGER,
  says           INTEGER,
  PRIMARY KEY (store, kind, key)
) STRICT;
CREATE UNIQUE INDEX feed_day_position ON feed_day (store, position);
