-- Under which program an entry moves units: a till whose store was given another
-- may have entries under both. Empty, in rows of a release before this one, is
-- the program that the store was opened for.
ALTER TABLE unsettled ADD COLUMN program TEXT NOT NULL DEFAULT '';
UPDATE unsettled
SET program = coalesce((
  SELECT CASE WHEN json_valid(j.body) THEN json_extract(j.body, '$.program.id') END
  FROM journal j
  WHERE j.n = unsettled.n), '');

-- The program that the directory was read for last.
CREATE TABLE fed_program (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  program TEXT NOT NULL
) STRICT;
