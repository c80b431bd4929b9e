-- Who referred a member may be named by a code of an account that is not here
-- yet: then the intent waits under that code until somebody is enrolled who has
-- it, or its time is over. code is empty where nothing is waited for.
ALTER TABLE referral ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE referral ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX referral_code ON referral (code) WHERE code <> '';

-- The segments a member is in, and the row that put her there, in the ledger of
-- the account that she was in then.
CREATE TABLE member_segment (
  member  TEXT NOT NULL,
  segment TEXT NOT NULL,
  account TEXT NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (member, segment)
) STRICT;
CREATE INDEX member_segment_name ON member_segment (segment, member);
CREATE INDEX member_segment_account ON member_segment (account);
