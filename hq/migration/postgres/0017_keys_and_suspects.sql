-- What was announced of headquarters' signing keys, by the id of the new one: a
-- process whose key file lacks one is found out. The keys themselves stand in
-- the key file.
CREATE TABLE signing_key (
  key_id          text COLLATE "C" PRIMARY KEY,
  body            bytea NOT NULL,
  by_old          bytea NOT NULL,
  by_new          bytea NOT NULL,
  announced_at_ms bigint NOT NULL
);

-- The newest key that the terminal said it knows; empty where its release knows
-- nothing of keys.
ALTER TABLE terminal ADD COLUMN key_id text COLLATE "C" NOT NULL DEFAULT '';
