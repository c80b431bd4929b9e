ALTER TABLE person ADD COLUMN pin bytea;
ALTER TABLE person ADD COLUMN pin_at_ms bigint NOT NULL DEFAULT 0;

CREATE TABLE feed_pin (
  store          text COLLATE "C" NOT NULL,
  kind           text COLLATE "C" NOT NULL,
  key            text COLLATE "C" NOT NULL,
  version        bigint           NOT NULL,
  position       bigint           NOT NULL,
  change         bytea            NOT NULL,
  whole_until_ms bigint,
  says           bigint,
  PRIMARY KEY (store, kind, key)
);
CREATE UNIQUE INDEX feed_pin_position ON feed_pin (store, position);
