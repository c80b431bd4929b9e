-- Members who were erased, by ids alone, for ever: a backup may still have what was
-- hers. alone says that nobody else was in the account. serial_ms orders what stores
-- are told of; it grows when more is found that names her. entered is 1 once the ledger
-- has the entry, and 2 once nothing is left in the files.
CREATE TABLE erasure (
  member    TEXT PRIMARY KEY,
  account   TEXT    NOT NULL,
  entry     TEXT    NOT NULL,
  serial_ms INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  alone     INTEGER NOT NULL,
  operator  TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  entered   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX erasure_account ON erasure (account);
CREATE INDEX erasure_serial ON erasure (serial_ms);
CREATE INDEX erasure_entered ON erasure (entered);

-- What erased members were found by, until every terminal has sent all that it
-- wrote before it heard of the erasure.
CREATE TABLE erased_identifier (
  hash      BLOB    NOT NULL, -- keyed hash, key of the chain
  serial_ms INTEGER NOT NULL, -- of the erasure
  member    TEXT    NOT NULL,
  PRIMARY KEY (hash, serial_ms)
) STRICT;

-- Attachments that named erased members: they are not taken again.
CREATE TABLE erased_attachment (
  terminal TEXT NOT NULL,
  hash     BLOB NOT NULL, -- SHA-256 of the ciphertext
  member   TEXT NOT NULL,
  PRIMARY KEY (terminal, hash)
) STRICT;
CREATE INDEX erased_attachment_member ON erased_attachment (member);

-- Whom attachments name: keyed hashes of numbers, cards and members' ids, under the
-- chain's key. One that names nobody has a row of zeros.
CREATE TABLE attachment_names (
  terminal TEXT NOT NULL,
  hash     BLOB NOT NULL, -- of the attachment
  names    BLOB NOT NULL,
  PRIMARY KEY (terminal, hash, names)
) STRICT;
CREATE INDEX attachment_names_names ON attachment_names (names);

-- Up to which erasure a terminal has sent all that it wrote before it heard of it,
-- and a store was told.
ALTER TABLE terminal ADD COLUMN erasures_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN erasures_ms INTEGER NOT NULL DEFAULT 0;

-- By the last serial that a till has heard of.
CREATE INDEX feed_apart_erasure ON feed_apart (store, version) WHERE kind = 'erasure';

-- Attachments of what came before this were left out of the backup that this was put
-- back from: what they say of people is kept apart.
ALTER TABLE chain ADD COLUMN attachments_from_ms INTEGER NOT NULL DEFAULT 0;
