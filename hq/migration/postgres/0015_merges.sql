ALTER TABLE forward ADD COLUMN to_empty bigint NOT NULL DEFAULT 0;
CREATE INDEX forward_to_empty ON forward (account) WHERE to_empty = 1;
ALTER TABLE forward ADD COLUMN merge text COLLATE "C";
