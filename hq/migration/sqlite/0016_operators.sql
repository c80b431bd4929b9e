-- Who works at headquarters, with a hash of each PIN under the chain's key.
CREATE TABLE operator (
  operator     TEXT NOT NULL PRIMARY KEY,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,
  pin_hash     TEXT NOT NULL,
  failed       INTEGER NOT NULL DEFAULT 0, -- wrong PINs since the last right one
  failed_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
