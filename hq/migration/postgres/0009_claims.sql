CREATE TABLE claim_alone (
  sale    text COLLATE "C" PRIMARY KEY,
  entry   text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  moved   bigint           NOT NULL DEFAULT 0
);
CREATE INDEX claim_alone_unmoved ON claim_alone (sale) WHERE moved = 0;

CREATE TABLE leaving (
  account text COLLATE "C" NOT NULL,
  sale    text COLLATE "C" NOT NULL,
  entry   text COLLATE "C" NOT NULL,
  to_account text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, sale)
);

CREATE TABLE parked_claim (
  sale     text COLLATE "C" NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  at_ms    bigint           NOT NULL,
  PRIMARY KEY (sale, terminal, epoch, branch, seq)
);
CREATE INDEX parked_claim_place ON parked_claim (terminal, epoch, branch, seq);

CREATE TABLE unclaimed (
  account    text COLLATE "C" PRIMARY KEY,
  drop_at_ms bigint           NOT NULL
);
CREATE INDEX unclaimed_at ON unclaimed (drop_at_ms);
