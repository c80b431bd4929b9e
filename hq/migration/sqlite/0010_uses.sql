-- Whether a terminal's release knows rights to uses of limits: others are given
-- none.
ALTER TABLE terminal ADD COLUMN takes_uses INTEGER NOT NULL DEFAULT 0;
