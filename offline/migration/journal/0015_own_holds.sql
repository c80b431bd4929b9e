-- A hold whose id nobody but the process that placed it has, as a conversation's at
-- the counter: the next start gives it back.
ALTER TABLE hold ADD COLUMN own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1));
