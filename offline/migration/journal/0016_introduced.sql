-- Which row of the journal bound the identifier: the store's hub is told of them in
-- that order. 0 of what was bound before, or by the release before.
ALTER TABLE local ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
CREATE INDEX local_n ON local (n);
