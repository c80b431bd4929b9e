-- The PINs that members of the store's working set have: hashes with the store's key
-- over them.
CREATE TABLE pin (
  account BLOB NOT NULL CHECK (length(account) = 16),
  member  BLOB NOT NULL CHECK (length(member) = 16),
  hash    TEXT NOT NULL,
  PRIMARY KEY (account, member)
) STRICT, WITHOUT ROWID;

-- Up to where they were heard of: the release before moves the feed's cursor without
-- them.
CREATE TABLE pin_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
