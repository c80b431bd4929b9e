-- Whether headquarters has said that somebody has the sale, wherever it was
-- confirmed. A release before this one does not ask.
ALTER TABLE detached ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1));
