ALTER TABLE account_place ADD COLUMN met_at_ms bigint NOT NULL DEFAULT 0;

ALTER TABLE chain ADD COLUMN met_from_ms bigint NOT NULL DEFAULT 0;
UPDATE chain SET met_from_ms = clock_mark_ms;

CREATE TABLE looked_up (
  account text COLLATE "C" NOT NULL,
  store   text COLLATE "C" NOT NULL,
  at_ms   bigint NOT NULL,
  PRIMARY KEY (account, store)
);

ALTER TABLE feed ADD COLUMN whole_until_ms bigint;
ALTER TABLE feed ADD COLUMN says bigint;
ALTER TABLE feed_apart ADD COLUMN whole_until_ms bigint;
ALTER TABLE feed_apart ADD COLUMN says bigint;
CREATE INDEX feed_whole ON feed (store, whole_until_ms) WHERE whole_until_ms IS NOT NULL;

ALTER TABLE terminal ADD COLUMN takes_outside bigint NOT NULL DEFAULT 0;
