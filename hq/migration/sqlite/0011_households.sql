-- From here on person.account and person_card.account are a member's id: her
-- account's where she was enrolled by herself, her own where she joined another's.

-- Members whose account has another id than theirs. Rows move when she leaves one
-- account for another, and when her account becomes another's.
CREATE TABLE membership (
  member  TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  entry   TEXT           -- by which she came: an enroll or a transfer; NULL where only tills know
) STRICT;
CREATE INDEX membership_account ON membership (account);

-- Whose a listed identifier is, where the account has several members; '' the
-- account's own.
ALTER TABLE listed ADD COLUMN member TEXT NOT NULL DEFAULT '';

-- What left one account for another, by the entry it left with, until it is
-- posted there.
CREATE TABLE handover (
  account    TEXT NOT NULL,
  entry      TEXT NOT NULL,
  to_account TEXT NOT NULL,
  PRIMARY KEY (account, entry)
) STRICT;

-- As feed, of kinds that the release before would not know how to keep from tills
-- that do not either. Positions are the same counter's.
CREATE TABLE feed_apart (
  store    TEXT    NOT NULL,
  kind     TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  position INTEGER NOT NULL,
  change   BLOB    NOT NULL, -- JSON of ledger.Change
  PRIMARY KEY (store, kind, key)
) STRICT;
CREATE UNIQUE INDEX feed_apart_position ON feed_apart (store, position);
