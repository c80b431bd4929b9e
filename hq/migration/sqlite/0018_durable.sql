-- Up to where a terminal's journal is kept a second time: in a backup that was
-- checked, or on a synchronous standby. at_ms is when that was taken.
CREATE TABLE durable (
  terminal TEXT PRIMARY KEY,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  at_ms    INTEGER NOT NULL
) STRICT;
-- When all of it was last kept so; 0 never.
ALTER TABLE chain ADD COLUMN durable_at_ms INTEGER NOT NULL DEFAULT 0;
