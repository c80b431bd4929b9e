-- Parts of this hub's rights that it gave to lanes: by which request, to which branch
-- of whom, until when they are spent, and the row of the split.
CREATE TABLE split (
  asked          TEXT NOT NULL,
  right_id       TEXT NOT NULL REFERENCES rights (right_id),
  terminal       TEXT NOT NULL,
  epoch          INTEGER NOT NULL,
  branch         BLOB NOT NULL CHECK (length(branch) = 8),
  spend_until_ms INTEGER NOT NULL,
  n              INTEGER NOT NULL REFERENCES journal (n),
  PRIMARY KEY (asked, right_id)
) STRICT;
CREATE INDEX split_lane ON split (terminal, spend_until_ms);
