-- Who belongs to a store's working set: members of whom an entry of its terminals
-- came lately, and whom one of them looked up.

-- When headquarters last heard of the account from this terminal; 0 of what was heard
-- before this was kept.
ALTER TABLE account_place ADD COLUMN met_at_ms INTEGER NOT NULL DEFAULT 0;

-- What was heard before counts as heard now.
ALTER TABLE chain ADD COLUMN met_from_ms INTEGER NOT NULL DEFAULT 0;
UPDATE chain SET met_from_ms = clock_mark_ms;

-- Which store looked a member up, and when last.
CREATE TABLE looked_up (
  account TEXT NOT NULL,
  store   TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  PRIMARY KEY (account, store)
) STRICT;

-- Until when a row of an account tells all of it, unless it is met again; NULL of one
-- that tells what the directory has, and of all other rows. says is a hash of what
-- such a row of the directory tells.
ALTER TABLE feed ADD COLUMN whole_until_ms INTEGER;
ALTER TABLE feed ADD COLUMN says INTEGER;
ALTER TABLE feed_apart ADD COLUMN whole_until_ms INTEGER;
ALTER TABLE feed_apart ADD COLUMN says INTEGER;
CREATE INDEX feed_whole ON feed (store, whole_until_ms) WHERE whole_until_ms IS NOT NULL;

-- Whether a terminal's release knows rows that do not tell all.
ALTER TABLE terminal ADD COLUMN takes_outside INTEGER NOT NULL DEFAULT 0;
