-- How far the hub is with who was erased: it heard up to one serial, when batches up
-- to n were kept; up to the other nothing of them is left in the file.
CREATE TABLE erased (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  heard_ms INTEGER NOT NULL,
  wiped_ms INTEGER NOT NULL,
  n        INTEGER NOT NULL
) STRICT;
INSERT INTO erased (one, heard_ms, wiped_ms, n) VALUES (1, 0, 0, 0);
