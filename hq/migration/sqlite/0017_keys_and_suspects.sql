-- What was announced of headquarters' signing keys, by the id of the new one: a
-- process whose key file lacks one is found out. The keys themselves stand in
-- the key file.
CREATE TABLE signing_key (
  key_id          TEXT PRIMARY KEY,
  body            BLOB NOT NULL,
  by_old          BLOB NOT NULL,
  by_new          BLOB NOT NULL,
  announced_at_ms INTEGER NOT NULL
) STRICT;

-- The newest key that the terminal said it knows; empty where its release knows
-- nothing of keys.
ALTER TABLE terminal ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

-- Suspects whose number was enrolled are its member's from now on.
INSERT INTO forward (account, to_account, to_empty)
SELECT s.account, coalesce(m.account, f.to_account, c.account), 1
FROM suspect s
JOIN claim_identifier c ON c.hash = s.hash
LEFT JOIN membership m ON m.member = c.account
LEFT JOIN forward f ON f.account = c.account
WHERE true
ON CONFLICT (account) DO NOTHING;
