CREATE TABLE member_state (
  account text COLLATE "C" NOT NULL,
  program text COLLATE "C" NOT NULL,
  state   bytea            NOT NULL,
  PRIMARY KEY (account, program)
);

CREATE TABLE due (
  account text COLLATE "C" PRIMARY KEY,
  at_ms   bigint           NOT NULL
);
CREATE INDEX due_at ON due (at_ms);

CREATE TABLE matured (
  account text COLLATE "C" PRIMARY KEY,
  version bigint           NOT NULL
);

ALTER TABLE balance ADD COLUMN idled text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN since text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN vested text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX lot_left ON lot (account, program) WHERE rest > 0;

CREATE TABLE referral (
  account text COLLATE "C" NOT NULL,
  entry   text COLLATE "C" NOT NULL,
  intent  bytea            NOT NULL,
  PRIMARY KEY (account, entry)
);

CREATE TABLE claim_activity (
  activity text COLLATE "C" NOT NULL,
  name     text COLLATE "C" NOT NULL,
  ref      text COLLATE "C" NOT NULL,
  entry    text COLLATE "C" NOT NULL,
  PRIMARY KEY (activity, name, ref)
);

ALTER TABLE person ADD COLUMN birth_month bytea;
