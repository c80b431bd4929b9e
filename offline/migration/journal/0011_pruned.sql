-- Of an entry that headquarters has in a backup the body goes after a while,
-- and nothing else: "{}" stands in its place, which is no entry, and JSON for
-- queries that look into bodies. Up to row up_to_n a body may be gone: never
-- beyond what was durable.
CREATE TABLE pruned (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  up_to_n INTEGER NOT NULL DEFAULT 0 CHECK (up_to_n >= 0)
) STRICT;
INSERT INTO pruned (one) VALUES (1);
CREATE TRIGGER pruned_insert BEFORE INSERT ON pruned
BEGIN SELECT RAISE(ABORT, 'journal is append-only: bodies go up to what is durable'); END;
CREATE TRIGGER pruned_update BEFORE UPDATE ON pruned
WHEN NEW.one <> OLD.one OR NEW.up_to_n < OLD.up_to_n OR NEW.up_to_n > coalesce((
  SELECT e.base_n + x.durable_seq
  FROM exchange x JOIN epoch e ON e.epoch = x.durable_epoch AND e.branch = x.durable_branch), 0)
BEGIN SELECT RAISE(ABORT, 'journal is append-only: bodies go up to what is durable'); END;
CREATE TRIGGER pruned_delete BEFORE DELETE ON pruned
BEGIN SELECT RAISE(ABORT, 'journal is append-only: bodies go up to what is durable'); END;

DROP TRIGGER journal_update;
CREATE TRIGGER journal_update BEFORE UPDATE ON journal
WHEN NEW.body <> '{}' OR OLD.n > (SELECT up_to_n FROM pruned)
  OR NEW.n <> OLD.n OR NEW.epoch <> OLD.epoch OR NEW.seq <> OLD.seq OR NEW.id <> OLD.id
  OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.at_ms <> OLD.at_ms
  OR NEW.business_day_date IS NOT OLD.business_day_date OR NEW.orig_n IS NOT OLD.orig_n
  OR NEW.body_hash <> OLD.body_hash OR NEW.hash <> OLD.hash
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

-- What the bodies that are gone spent and returned of a right.
ALTER TABLE rights ADD COLUMN pruned_spent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rights ADD COLUMN pruned_returned INTEGER NOT NULL DEFAULT 0;

-- What is kept of a business day whose bodies go: its report, of its entries up
-- to row up_to_n. Later ones keep their bodies.
CREATE TABLE day_summary (
  business_day_date TEXT PRIMARY KEY,
  up_to_n           INTEGER NOT NULL,
  report            TEXT NOT NULL
) STRICT;
