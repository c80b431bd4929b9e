-- Parts of this hub's rights that it gave to lanes: by which request, and the row of
-- the split.
CREATE TABLE split (
  asked    TEXT NOT NULL,
  right_id TEXT NOT NULL REFERENCES rights (right_id),
  n        INTEGER NOT NULL REFERENCES journal (n),
  PRIMARY KEY (asked, right_id)
) STRICT;
