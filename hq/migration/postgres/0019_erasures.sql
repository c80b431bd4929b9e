CREATE TABLE erasure (
  member    text COLLATE "C" PRIMARY KEY,
  account   text COLLATE "C"    NOT NULL,
  entry     text COLLATE "C"    NOT NULL,
  serial_ms bigint NOT NULL,
  at_ms     bigint NOT NULL,
  alone     bigint NOT NULL,
  operator  text COLLATE "C"    NOT NULL,
  reason    text COLLATE "C"    NOT NULL,
  entered   bigint NOT NULL DEFAULT 0
);
CREATE INDEX erasure_account ON erasure (account);
CREATE INDEX erasure_serial ON erasure (serial_ms);
CREATE INDEX erasure_entered ON erasure (entered);

CREATE TABLE erased_identifier (
  hash      bytea    NOT NULL,
  serial_ms bigint NOT NULL,
  member    text COLLATE "C"    NOT NULL,
  PRIMARY KEY (hash, serial_ms)
);

CREATE TABLE erased_attachment (
  terminal text COLLATE "C" NOT NULL,
  hash     bytea NOT NULL,
  member   text COLLATE "C" NOT NULL,
  PRIMARY KEY (terminal, hash)
);
CREATE INDEX erased_attachment_member ON erased_attachment (member);

CREATE TABLE attachment_names (
  terminal text COLLATE "C" NOT NULL,
  hash     bytea NOT NULL,
  names    bytea NOT NULL,
  PRIMARY KEY (terminal, hash, names)
);
CREATE INDEX attachment_names_names ON attachment_names (names);

ALTER TABLE terminal ADD COLUMN erasures_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN erasures_ms bigint NOT NULL DEFAULT 0;

CREATE INDEX feed_apart_erasure ON feed_apart (store, version) WHERE kind = 'erasure';

ALTER TABLE chain ADD COLUMN attachments_from_ms bigint NOT NULL DEFAULT 0;
