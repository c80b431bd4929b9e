-- Sales that stand by themselves because somebody had not proved enough, by whom
-- she was taken for: she may confirm them here.
CREATE TABLE detached (
  account TEXT NOT NULL,
  entry   TEXT NOT NULL,
  PRIMARY KEY (account, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX detached_entry ON detached (entry);
