-- What the store's program remembers of an account, where it asks for it: state
-- as loyalty.State in JSON, with the place that it counts, and what is known of
-- the person; segments is a list in JSON. applied is as in member.
CREATE TABLE remembered (
  account     BLOB PRIMARY KEY CHECK (length(account) = 16),
  state       TEXT NOT NULL,
  birth_month INTEGER NOT NULL CHECK (birth_month BETWEEN 0 AND 12),
  segments    TEXT NOT NULL,
  applied     INTEGER NOT NULL,
  applied_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to which position that was kept: where it is not the cursor's, remembered
-- is not whole, because no program asked for it or the release before moved the
-- cursor.
ALTER TABLE feed ADD COLUMN remembered_position INTEGER NOT NULL DEFAULT 0;
