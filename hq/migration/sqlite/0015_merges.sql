-- to_empty says that something may stand in the ledger of an account that became
-- another's, and is to go over to that.
ALTER TABLE forward ADD COLUMN to_empty INTEGER NOT NULL DEFAULT 0;
UPDATE forward SET to_empty = 1 WHERE account IN (SELECT account FROM account WHERE n > 0);
CREATE INDEX forward_to_empty ON forward (account) WHERE to_empty = 1;

-- The merge by which a person made it another's; NULL of all other forwards.
ALTER TABLE forward ADD COLUMN merge TEXT;
