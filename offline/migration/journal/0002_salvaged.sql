-- Where entries were written first that stood in a journal which this one was
-- salvaged from, and not among what could be kept at its place. n is the
-- entry's first row here.
CREATE TABLE salvaged (
  n      INTEGER PRIMARY KEY REFERENCES journal (n),
  epoch  INTEGER NOT NULL,
  branch BLOB NOT NULL CHECK (length(branch) = 8),
  seq    INTEGER NOT NULL
) STRICT;
