CREATE TABLE membership (
  member  text COLLATE "C" PRIMARY KEY,
  account text COLLATE "C" NOT NULL,
  entry   text COLLATE "C"
);
CREATE INDEX membership_account ON membership (account);

ALTER TABLE listed ADD COLUMN member text COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE handover (
  account    text COLLATE "C" NOT NULL,
  entry      text COLLATE "C" NOT NULL,
  to_account text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, entry)
);

CREATE TABLE feed_apart (
  store    text COLLATE "C" NOT NULL,
  kind     text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  version  bigint           NOT NULL,
  position bigint           NOT NULL,
  change   bytea            NOT NULL,
  PRIMARY KEY (store, kind, key)
);
CREATE UNIQUE INDEX feed_apart_position ON feed_apart (store, position);
