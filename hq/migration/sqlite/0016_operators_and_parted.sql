-- Who works at headquarters, with a hash of each PIN under the chain's key.
CREATE TABLE operator (
  operator     TEXT NOT NULL PRIMARY KEY,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,
  pin_hash     TEXT NOT NULL,
  failed       INTEGER NOT NULL DEFAULT 0, -- wrong PINs since the last right one
  failed_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Members whom tills list in an account that they are not in here: people made two
-- accounts one after the backup that this headquarters was put back from.
CREATE TABLE parted (
  member  TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL
) STRICT;
