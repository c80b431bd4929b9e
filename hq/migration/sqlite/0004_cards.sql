-- Cards that profiles gave to people, each under the key of its person. The hash
-- is the one that claim_identifier has.
CREATE TABLE person_card (
  account TEXT NOT NULL,
  hash    BLOB NOT NULL, -- keyed hash, key of the chain
  entry   TEXT NOT NULL, -- the profile
  card    BLOB NOT NULL, -- sealed
  PRIMARY KEY (account, hash)
) STRICT;
