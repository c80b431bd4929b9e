ALTER TABLE terminal ADD COLUMN takes_uses bigint NOT NULL DEFAULT 0;
