-- Of an entry whose body was pruned its columns are all that there is, and of
-- its key too. It proves itself by its place in the chain.
ALTER TABLE journal ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN business_day_date TEXT;
ALTER TABLE journal ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sale ADD COLUMN business_day_date TEXT NOT NULL DEFAULT '';
ALTER TABLE sale ADD COLUMN sale_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sale ADD COLUMN receipt TEXT;
ALTER TABLE sale ADD COLUMN of_entry TEXT;
ALTER TABLE rights ADD COLUMN pruned_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rights ADD COLUMN pruned_returned INTEGER NOT NULL DEFAULT 0;
CREATE TABLE day_summary (
  business_day_date TEXT PRIMARY KEY,
  up_to_n           INTEGER NOT NULL,
  report            TEXT NOT NULL
) STRICT;
