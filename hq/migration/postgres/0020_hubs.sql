ALTER TABLE terminal ADD COLUMN hub bigint NOT NULL DEFAULT 0;
ALTER TABLE enrollment_code ADD COLUMN hub bigint NOT NULL DEFAULT 0;

ALTER TABLE account_right ADD COLUMN parent text COLLATE "C";

CREATE TABLE handed_part (
  right_id text COLLATE "C" PRIMARY KEY,
  parent   text COLLATE "C" NOT NULL
);
