CREATE TABLE flagged (
  account  text COLLATE "C" NOT NULL,
  entry    text COLLATE "C" NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  flags    text COLLATE "C" NOT NULL,
  at_ms    bigint           NOT NULL,
  PRIMARY KEY (account, entry)
);
