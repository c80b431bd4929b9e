-- A hub gives its store's lanes parts of the rights that stand at it.
ALTER TABLE terminal ADD COLUMN hub INTEGER NOT NULL DEFAULT 0;
ALTER TABLE enrollment_code ADD COLUMN hub INTEGER NOT NULL DEFAULT 0;

-- The right that a right is a part of; NULL of those that were granted.
ALTER TABLE account_right ADD COLUMN parent TEXT;

-- Parts that lanes handed back to a restored headquarters, and whose they are of:
-- what was spent of one waits for that.
CREATE TABLE handed_part (
  right_id TEXT PRIMARY KEY,
  parent   TEXT NOT NULL
) STRICT;
