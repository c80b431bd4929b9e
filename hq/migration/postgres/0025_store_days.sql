CREATE TABLE till_day (
  terminal          text COLLATE "C" NOT NULL,
  business_day_date text COLLATE "C" NOT NULL,
  version           bigint           NOT NULL,
  totals            bytea,
  PRIMARY KEY (terminal, business_day_date)
);

CREATE TABLE counted (
  terminal text COLLATE "C" NOT NULL,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
);

CREATE TABLE till_day_dirty (
  terminal          text COLLATE "C" NOT NULL,
  business_day_date text COLLATE "C" NOT NULL,
  version           bigint           NOT NULL,
  PRIMARY KEY (terminal, business_day_date)
);

CREATE TABLE feed_day (
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
CREATE UNIQUE INDEX feed_day_position ON feed_day (store, position);
