-- The keys of headquarters that followed the one from enrollment, as both keys of
-- each step signed it. heard marks the step to the key that headquarters was last
-- heard with: those before it sign answers no more.
CREATE TABLE headquarters_key (
  n      INTEGER PRIMARY KEY,
  body   BLOB NOT NULL,
  by_old BLOB NOT NULL,
  by_new BLOB NOT NULL,
  heard  INTEGER NOT NULL CHECK (heard IN (0, 1))
) STRICT;
