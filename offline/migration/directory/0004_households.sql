-- Which member of an account an identifier is of, where the account has several,
-- or one whose id is another. rest is as in member: within an account it tells
-- identifiers apart. birth_month is 0 where it is not known.
CREATE TABLE household (
  account     BLOB NOT NULL CHECK (length(account) = 16),
  rest        BLOB NOT NULL CHECK (length(rest) = 6),
  member      BLOB NOT NULL CHECK (length(member) = 16),
  name        TEXT NOT NULL, -- masked
  birth_month INTEGER NOT NULL CHECK (birth_month BETWEEN 0 AND 12),
  PRIMARY KEY (account, rest)
) STRICT, WITHOUT ROWID;

-- Up to where they were heard of: the release before moves the feed's cursor
-- without them.
CREATE TABLE household_cursor (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation INTEGER NOT NULL,
  position    INTEGER NOT NULL
) STRICT;
