-- What tills' directories list and a restored headquarters forgot: an identifier
-- leads to an account whose enroll, or profile, was lost. Each store hashes under
-- a key of its own. Rows are believed once everybody was looked at: none of them
-- may be found by it.
CREATE TABLE listed (
  store    TEXT    NOT NULL,
  hash     BLOB    NOT NULL, -- keyed hash, key of the store, abridged
  account  TEXT    NOT NULL,
  name     TEXT    NOT NULL, -- masked
  believed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (store, hash)
) STRICT;
CREATE INDEX listed_account ON listed (account);
CREATE INDEX listed_unbelieved ON listed (store) WHERE believed = 0;

-- Up to which row of its directory a terminal has listed, and whether that was
-- all.
ALTER TABLE awaited ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE awaited ADD COLUMN listed_up_to BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';

-- What was told before this is in the backup that was restored (0: nobody knows).
ALTER TABLE chain ADD COLUMN known_until_ms INTEGER NOT NULL DEFAULT 0;
