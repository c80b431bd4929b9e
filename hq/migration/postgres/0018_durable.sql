CREATE TABLE durable (
  terminal text COLLATE "C" PRIMARY KEY,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  at_ms    bigint           NOT NULL
);
ALTER TABLE chain ADD COLUMN durable_at_ms bigint NOT NULL DEFAULT 0;
