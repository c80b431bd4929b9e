-- The programs of the chain, in the order in which they came. One that was
-- published before anything was posted, and whose place another took, has
-- versions and does not stand here.
CREATE TABLE chain_program (
  n       INTEGER PRIMARY KEY,
  program TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO chain_program (program)
SELECT program FROM program_version ORDER BY n DESC LIMIT 1;

-- The one that a store runs; empty as long as nothing was published, and where a
-- release before this one made the store.
ALTER TABLE store ADD COLUMN program TEXT NOT NULL DEFAULT '';
UPDATE store SET program = coalesce((SELECT program FROM chain_program), '');

-- Which version of each program accounts were last looked at under, in whole.
CREATE TABLE program_entered (
  program TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO program_entered (program, version)
SELECT program, version FROM program_in_force;

-- Under which program the last sale was, of which last_terminal is; and where
-- the last one under each other program was.
ALTER TABLE account ADD COLUMN last_program TEXT NOT NULL DEFAULT '';
UPDATE account
SET last_program = coalesce((
  SELECT json_extract(CAST(l.decided AS TEXT), '$.program')
  FROM ledger l
  WHERE l.account = account.account AND l.verdict <> 'held' AND l.terminal IS NOT NULL
    AND json_extract(CAST(l.decided AS TEXT), '$.kind') = 'sale'
  ORDER BY l.n DESC
  LIMIT 1), '')
WHERE last_terminal IS NOT NULL;
CREATE TABLE account_lane (
  account  TEXT NOT NULL,
  program  TEXT NOT NULL,
  terminal TEXT NOT NULL,
  PRIMARY KEY (account, program)
) STRICT;

-- A repeated activity counts once under its program. Those before were claimed
-- in claim_activity, by their winner's program.
CREATE TABLE claim_deed (
  activity TEXT NOT NULL,
  name     TEXT NOT NULL,
  ref      TEXT NOT NULL,
  program  TEXT NOT NULL,
  entry    TEXT NOT NULL,
  PRIMARY KEY (activity, name, ref, program)
) STRICT;
INSERT INTO claim_deed (activity, name, ref, program, entry)
SELECT a.activity, a.name, a.ref, coalesce(json_extract(CAST(l.decided AS TEXT), '$.program'), (SELECT program FROM chain_program), ''), a.entry
FROM claim_activity a
LEFT JOIN claim_entry c ON c.entry = a.entry
LEFT JOIN ledger l ON l.account = c.account AND l.entry = a.entry;
