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

-- Whether that was kept of all that the cursor has passed.
ALTER TABLE feed ADD COLUMN remembers INTEGER NOT NULL DEFAULT 0 CHECK (remembers IN (0, 1));
