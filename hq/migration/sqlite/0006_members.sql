-- What a program remembers of a member: limits, tier, statuses, visits, as JSON.
CREATE TABLE member_state (
  account TEXT NOT NULL,
  program TEXT NOT NULL,
  state   BLOB NOT NULL,
  PRIMARY KEY (account, program)
) STRICT;

-- Accounts in which something falls due with time alone: units vest, or end.
CREATE TABLE due (
  account TEXT PRIMARY KEY,
  at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX due_at ON due (at_ms);

-- The version of an account when it was last looked at for that.
CREATE TABLE matured (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;

-- Civil dates of the store; empty in rows of an earlier release. idled is when
-- the unit last ended because its member was idle; since and vested are when a
-- lot was made and when it could be spent.
ALTER TABLE balance ADD COLUMN idled TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN vested TEXT NOT NULL DEFAULT '';
CREATE INDEX lot_left ON lot (account, program) WHERE rest > 0;

-- What entries give to the members who referred theirs, until it is posted.
CREATE TABLE referral (
  account TEXT NOT NULL, -- of the entry
  entry   TEXT NOT NULL,
  intent  BLOB NOT NULL,
  PRIMARY KEY (account, entry)
) STRICT;

-- A repeated activity counts once.
CREATE TABLE claim_activity (
  activity TEXT NOT NULL,
  name     TEXT NOT NULL,
  ref      TEXT NOT NULL,
  entry    TEXT NOT NULL,
  PRIMARY KEY (activity, name, ref)
) STRICT;

-- The month a person was born in, sealed; NULL where it is not known.
ALTER TABLE person ADD COLUMN birth_month BLOB;
