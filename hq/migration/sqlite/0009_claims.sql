-- Whose a sale becomes that stood by itself: the first confirm or claim to
-- arrive has it for ever. moved says that its units have left it.
CREATE TABLE claim_alone (
  sale    TEXT PRIMARY KEY, -- the sale's entry
  entry   TEXT NOT NULL,    -- the confirm or claim
  account TEXT NOT NULL,
  moved   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX claim_alone_unmoved ON claim_alone (sale) WHERE moved = 0;

-- Sales that have left their own ledger and are not in their account's yet.
CREATE TABLE leaving (
  account TEXT NOT NULL, -- sale:<entry>, the ledger they left
  sale    TEXT NOT NULL,
  entry   TEXT NOT NULL, -- the confirm or claim
  to_account TEXT NOT NULL,
  PRIMARY KEY (account, sale)
) STRICT;

-- Confirms and claims that wait for their sale.
CREATE TABLE parked_claim (
  sale     TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB NOT NULL,
  seq      INTEGER NOT NULL,
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (sale, terminal, epoch, branch, seq)
) STRICT;
CREATE INDEX parked_claim_place ON parked_claim (terminal, epoch, branch, seq);

-- When the units of a sale that stands by itself end, if nobody has it by then.
CREATE TABLE unclaimed (
  account    TEXT PRIMARY KEY, -- sale:<entry>
  drop_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX unclaimed_at ON unclaimed (drop_at_ms);
