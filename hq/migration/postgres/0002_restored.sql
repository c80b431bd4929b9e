ALTER TABLE chain ADD COLUMN restored_at_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE chain ADD COLUMN waits_until_ms bigint NOT NULL DEFAULT 0;

CREATE TABLE awaited (
  terminal    text COLLATE "C" PRIMARY KEY,
  handed_back bigint           NOT NULL DEFAULT 0,
  epoch       bigint           NOT NULL DEFAULT 0,
  branch      bytea            NOT NULL DEFAULT '\x0000000000000000',
  seq         bigint           NOT NULL DEFAULT 0
);

CREATE TABLE handed_back (
  account   text COLLATE "C" NOT NULL,
  right_id  text COLLATE "C" NOT NULL,
  terminal  text COLLATE "C" NOT NULL,
  body      bytea            NOT NULL,
  signature bytea            NOT NULL,
  kept      bigint           NOT NULL CHECK (kept > 0),
  PRIMARY KEY (account, right_id)
);
