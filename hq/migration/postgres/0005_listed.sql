CREATE TABLE listed (
  store    text COLLATE "C" NOT NULL,
  hash     bytea            NOT NULL,
  account  text COLLATE "C" NOT NULL,
  name     text COLLATE "C" NOT NULL,
  believed bigint           NOT NULL DEFAULT 0,
  PRIMARY KEY (store, hash)
);
CREATE INDEX listed_account ON listed (account);
CREATE INDEX listed_unbelieved ON listed (store) WHERE believed = 0;

ALTER TABLE awaited ADD COLUMN listed bigint NOT NULL DEFAULT 0;
ALTER TABLE awaited ADD COLUMN listed_up_to bytea NOT NULL DEFAULT '\x00000000000000000000000000000000';

ALTER TABLE chain ADD COLUMN known_until_ms bigint NOT NULL DEFAULT 0;
