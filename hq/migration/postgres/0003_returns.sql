CREATE TABLE duplicate_sale (
  entry             text COLLATE "C" PRIMARY KEY,
  terminal          text COLLATE "C" NOT NULL,
  business_day_date text COLLATE "C" NOT NULL,
  sale_id           text COLLATE "C" NOT NULL
);

CREATE TABLE parked (
  sale_terminal     text COLLATE "C" NOT NULL,
  business_day_date text COLLATE "C" NOT NULL,
  sale_id           text COLLATE "C" NOT NULL,
  terminal          text COLLATE "C" NOT NULL,
  epoch             bigint           NOT NULL,
  branch            bytea            NOT NULL,
  seq               bigint           NOT NULL,
  at_ms             bigint           NOT NULL,
  PRIMARY KEY (sale_terminal, business_day_date, sale_id, terminal, epoch, branch, seq)
);
CREATE INDEX parked_place ON parked (terminal, epoch, branch, seq);

CREATE TABLE sale_return (
  account text COLLATE "C" NOT NULL,
  sale    text COLLATE "C" NOT NULL,
  n       bigint           NOT NULL,
  PRIMARY KEY (account, sale, n)
);

ALTER TABLE person ADD COLUMN named_at_ms bigint NOT NULL DEFAULT 0;
