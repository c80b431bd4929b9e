-- The till's own truth: what happened here, what may be spent here, and how
-- far headquarters has it. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE terminal (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  terminal_id TEXT NOT NULL
) STRICT;

-- Each life of the journal. Its rows are journal rows base_n + seq; it goes on
-- from row from_seq of epoch from_epoch (0: from nothing), whose hash is begins.
CREATE TABLE epoch (
  epoch       INTEGER PRIMARY KEY CHECK (epoch BETWEEN 1 AND 4294967295),
  branch      BLOB NOT NULL CHECK (length(branch) = 8),
  begins      BLOB NOT NULL CHECK (length(begins) = 32),
  base_n      INTEGER NOT NULL CHECK (base_n >= 0),
  from_epoch  INTEGER NOT NULL CHECK (from_epoch >= 0 AND from_epoch < epoch),
  from_seq    INTEGER NOT NULL CHECK (from_seq >= 0),
  began_at_ms INTEGER NOT NULL
) STRICT;

-- Append-only and hash-chained. body is the entry, one line of JSON, kept byte
-- for byte; the columns beside it are copies for queries. n has no gaps and is
-- never used twice. orig_n is the first place of an entry written again under a
-- later epoch.
CREATE TABLE journal (
  n                 INTEGER PRIMARY KEY CHECK (n > 0),
  epoch             INTEGER NOT NULL REFERENCES epoch (epoch),
  seq               INTEGER NOT NULL CHECK (seq > 0),
  id                TEXT NOT NULL CHECK (length(id) = 36),
  kind              TEXT NOT NULL,
  subject           TEXT NOT NULL,
  business_day_date TEXT,
  at_ms             INTEGER NOT NULL,
  body              TEXT NOT NULL,
  body_hash         BLOB NOT NULL CHECK (length(body_hash) = 32),
  hash              BLOB NOT NULL CHECK (length(hash) = 32),
  orig_n            INTEGER REFERENCES journal (n),
  UNIQUE (id, epoch)
) STRICT;

-- With the default pragmas of other clients REPLACE deletes without firing
-- delete triggers, so inserting over a row is refused as well as the rest. An
-- id comes once, and once more in each later epoch that writes it again.
CREATE TRIGGER journal_insert BEFORE INSERT ON journal
WHEN NEW.n <> coalesce((SELECT max(n) FROM journal), 0) + 1
  OR NOT EXISTS (SELECT 1 FROM epoch WHERE epoch = NEW.epoch AND base_n + NEW.seq = NEW.n)
  OR NEW.epoch <> (SELECT max(epoch) FROM epoch)
  OR EXISTS (SELECT 1 FROM journal WHERE id = NEW.id AND (epoch = NEW.epoch OR NEW.orig_n IS NULL))
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER epoch_insert BEFORE INSERT ON epoch
WHEN NEW.epoch <= coalesce((SELECT max(epoch) FROM epoch), 0)
  OR NEW.base_n <> coalesce((SELECT max(n) FROM journal), 0)
BEGIN SELECT RAISE(ABORT, 'epochs are append-only'); END;
CREATE TRIGGER epoch_update BEFORE UPDATE ON epoch
BEGIN SELECT RAISE(ABORT, 'epochs are append-only'); END;
CREATE TRIGGER epoch_delete BEFORE DELETE ON epoch
BEGIN SELECT RAISE(ABORT, 'epochs are append-only'); END;

-- Which entry a sale of the POS became, and by which request: the first one
-- written has the key for ever.
CREATE TABLE sale (
  business_day_date TEXT NOT NULL,
  sale_id           TEXT NOT NULL,
  entry             TEXT NOT NULL,
  request           BLOB NOT NULL CHECK (length(request) = 32),
  PRIMARY KEY (business_day_date, sale_id)
) STRICT, WITHOUT ROWID;

-- What the last writing of an entry adds to its account's balances and
-- headquarters has not yet counted. n is the entry's latest journal row.
CREATE TABLE unsettled (
  account   TEXT NOT NULL,
  unit      TEXT NOT NULL,
  n         INTEGER NOT NULL,
  available INTEGER NOT NULL,
  escrowed  INTEGER NOT NULL,
  pending   INTEGER NOT NULL,
  PRIMARY KEY (account, unit, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX unsettled_spends ON unsettled (unit, escrowed) WHERE escrowed < 0;

-- Ciphertext that says who a person is; headquarters' key opens it. n is the
-- latest journal row of its entry; it is kept until that row is durable there.
CREATE TABLE attachment (
  sha256     BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  n          INTEGER NOT NULL,
  ciphertext BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_n ON attachment (n);

-- Members enrolled here whom the feed has not brought yet.
CREATE TABLE local (
  hash    BLOB PRIMARY KEY CHECK (length(hash) = 16),
  account TEXT NOT NULL,
  mask    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX local_account ON local (account);

-- Accounts that became another's for ever.
CREATE TABLE forward (
  account  TEXT PRIMARY KEY,
  survivor TEXT NOT NULL CHECK (survivor <> account)
) STRICT, WITHOUT ROWID;

-- What exactly this terminal, under one branch of one epoch, may spend without
-- asking. body and signature are headquarters' grant, byte for byte. closed
-- says why nothing of it will be held again, and is never taken back.
CREATE TABLE rights (
  right_id       TEXT PRIMARY KEY,
  account        TEXT NOT NULL,
  program        TEXT NOT NULL,
  unit           TEXT NOT NULL,
  amount         INTEGER NOT NULL CHECK (amount > 0),
  spent          INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
  held           INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  returned       INTEGER NOT NULL DEFAULT 0 CHECK (returned >= 0),
  spend_until_ms INTEGER NOT NULL,
  reclaim_at_ms  INTEGER NOT NULL,
  epoch          INTEGER NOT NULL,
  branch         BLOB NOT NULL CHECK (length(branch) = 8),
  body           TEXT NOT NULL,
  signature      BLOB NOT NULL,
  recalled       INTEGER NOT NULL DEFAULT 0 CHECK (recalled IN (0, 1)),
  closed         TEXT CHECK (closed IN ('past', 'returned', 'ended', 'epoch')),
  CHECK (spent + held + returned <= amount)
) STRICT;
CREATE INDEX rights_open ON rights (account, program, unit, spend_until_ms) WHERE closed IS NULL;

CREATE TABLE hold (
  hold_id      TEXT PRIMARY KEY,
  sale_id      TEXT NOT NULL,
  account      TEXT NOT NULL,
  program      TEXT NOT NULL,
  unit         TEXT NOT NULL,
  reward       TEXT NOT NULL,
  amount       INTEGER NOT NULL CHECK (amount > 0),
  at_ms        INTEGER NOT NULL, -- as its asker said
  placed_at_ms INTEGER NOT NULL  -- as the clock guard knows
) STRICT;
CREATE TABLE hold_part (
  hold_id  TEXT NOT NULL REFERENCES hold (hold_id) ON DELETE CASCADE,
  right_id TEXT NOT NULL REFERENCES rights (right_id),
  amount   INTEGER NOT NULL CHECK (amount > 0),
  PRIMARY KEY (hold_id, right_id)
) STRICT, WITHOUT ROWID;

-- The exchange with headquarters: up to where it has our chain, and what its
-- last answer said. clock_ms is the highest time seen at the last change.
CREATE TABLE exchange (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  acked_epoch    INTEGER NOT NULL DEFAULT 0,
  acked_branch   BLOB NOT NULL DEFAULT x'0000000000000000' CHECK (length(acked_branch) = 8),
  acked_seq      INTEGER NOT NULL DEFAULT 0,
  acked_hash     BLOB NOT NULL CHECK (length(acked_hash) = 32),
  token          TEXT NOT NULL DEFAULT '',
  incarnation    INTEGER NOT NULL DEFAULT 0,
  durable_epoch  INTEGER NOT NULL DEFAULT 0,
  durable_branch BLOB NOT NULL DEFAULT x'0000000000000000' CHECK (length(durable_branch) = 8),
  durable_seq    INTEGER NOT NULL DEFAULT 0,
  contact_ms     INTEGER NOT NULL DEFAULT 0,
  clock_ms       INTEGER NOT NULL DEFAULT 0,
  skew_ms        INTEGER NOT NULL DEFAULT 0,
  clock_off      INTEGER NOT NULL DEFAULT 0 CHECK (clock_off IN (0, 1)),
  fenced         INTEGER NOT NULL DEFAULT 0 CHECK (fenced IN (0, 1)),
  next_receipt   INTEGER NOT NULL DEFAULT 1
) STRICT;
