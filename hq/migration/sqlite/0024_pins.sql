-- The PIN that a person set: its argon2id hash, sealed under her key and the time at
-- which she set it.
ALTER TABLE person ADD COLUMN pin BLOB;
ALTER TABLE person ADD COLUMN pin_at_ms INTEGER NOT NULL DEFAULT 0;

-- As feed_apart, of what stores are told of PINs, by account: the release before would
-- tell it to tills that do not know it.
CREATE TABLE feed_pin (
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
CREATE UNIQUE INDEX feed_pin_position ON feed_pin (store, position);
