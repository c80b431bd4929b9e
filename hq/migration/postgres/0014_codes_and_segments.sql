ALTER TABLE referral ADD COLUMN code text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE referral ADD COLUMN until_ms bigint NOT NULL DEFAULT 0;
CREATE INDEX referral_code ON referral (code) WHERE code <> '';

CREATE TABLE member_segment (
  member  text COLLATE "C" NOT NULL,
  segment text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  n       bigint           NOT NULL,
  PRIMARY KEY (member, segment)
);
CREATE INDEX member_segment_name ON member_segment (segment, member);
CREATE INDEX member_segment_account ON member_segment (account);
