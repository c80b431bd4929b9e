-- Who was erased, by ids that nobody is found by: members, accounts that were theirs
-- alone, and the SHA-256 of attachments that name them.
CREATE TABLE forgotten (
  kind TEXT NOT NULL CHECK (kind IN ('member', 'account', 'attachment')),
  id   BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- How far the hub is with that: it heard up to one serial, when batches up to n were
-- kept; up to the other nothing of them is left in the file.
CREATE TABLE erased (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  heard_ms INTEGER NOT NULL,
  wiped_ms INTEGER NOT NULL,
  n        INTEGER NOT NULL
) STRICT;
INSERT INTO erased (one, heard_ms, wiped_ms, n) VALUES (1, 0, 0, 0);
