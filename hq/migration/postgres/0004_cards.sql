CREATE TABLE person_card (
  account text COLLATE "C" NOT NULL,
  hash    bytea            NOT NULL,
  entry   text COLLATE "C" NOT NULL,
  card    bytea            NOT NULL,
  PRIMARY KEY (account, hash)
);
