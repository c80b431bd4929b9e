-- Serials of erasures that headquarters told of: the last one heard of, the last row
-- that was written before, and up to which nothing is left in the files.
ALTER TABLE exchange ADD COLUMN erasures_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exchange ADD COLUMN erasures_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exchange ADD COLUMN wiped_ms INTEGER NOT NULL DEFAULT 0;
