-- Keys begin with the column by which a distributed PostgreSQL would spread
-- the table: terminal, account, store, or the claimed key itself. "account" is
-- whoever holds a ledger: an account's id, suspect:<id> or sale:<entry id>.

-- What this database is; one row.
CREATE TABLE chain (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  chain         TEXT    NOT NULL,
  incarnation   INTEGER NOT NULL,
  clock_mark_ms INTEGER NOT NULL  -- the latest time this headquarters worked at
) STRICT;

CREATE TABLE store (
  store         TEXT PRIMARY KEY,
  name          TEXT    NOT NULL,
  currency_code TEXT    NOT NULL,
  time_zone     TEXT    NOT NULL,
  region        TEXT    NOT NULL,
  wrapped_key   BLOB    NOT NULL, -- data key of the store, under the master key
  sealed_lookup BLOB    NOT NULL, -- lookup key of the store, under that data key
  position      INTEGER NOT NULL  -- of the feed's latest row
) STRICT;

CREATE TABLE enrollment_code (
  code_hash     BLOB PRIMARY KEY, -- SHA-256; the code itself is kept nowhere
  store         TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  terminal      TEXT    NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  public_key    BLOB              -- of the terminal that used it
) STRICT;

-- What the exchange knows of a terminal.
CREATE TABLE terminal (
  terminal        TEXT PRIMARY KEY,
  store           TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  public_key      BLOB    NOT NULL,
  machine         TEXT    NOT NULL,
  machine_changes INTEGER NOT NULL,
  enrolled_at_ms  INTEGER NOT NULL,
  seen_at_ms      INTEGER NOT NULL,
  fenced_at_ms    INTEGER,          -- for ever
  fence_reason    TEXT,
  epoch           INTEGER NOT NULL, -- of the last session in step; rights are bound to it
  branch          BLOB    NOT NULL,
  unrooted        INTEGER NOT NULL, -- highest epoch refused for an unknown beginning
  issued          INTEGER NOT NULL, -- number of the last session token
  used            INTEGER NOT NULL, -- highest number that came with a batch
  used_request    BLOB,             -- SHA-256 of that batch
  used_answer     BLOB              -- its ack, as sent
) STRICT;

-- Intake: each life of each journal, its seals and its entries, verbatim.
CREATE TABLE epoch (
  terminal    TEXT    NOT NULL,
  epoch       INTEGER NOT NULL,
  branch      BLOB    NOT NULL,
  began_from  BLOB    NOT NULL, -- hash
  rooted      INTEGER NOT NULL, -- whether headquarters had that hash
  seq         INTEGER NOT NULL,
  head        BLOB    NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
) STRICT;

CREATE TABLE seal (
  terminal       TEXT    NOT NULL,
  epoch          INTEGER NOT NULL,
  branch         BLOB    NOT NULL,
  last           INTEGER NOT NULL, -- seq that it brought the journal to
  seal           BLOB    NOT NULL,
  signature      BLOB    NOT NULL,
  received_at_ms INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, last)
) STRICT;

CREATE TABLE intake (
  terminal       TEXT    NOT NULL,
  epoch          INTEGER NOT NULL,
  branch         BLOB    NOT NULL,
  seq            INTEGER NOT NULL,
  body           BLOB    NOT NULL,
  body_hash      BLOB    NOT NULL,
  link           BLOB    NOT NULL, -- the chain's hash at this place
  orig_terminal  TEXT,             -- first place of a re-appended entry
  orig_epoch     INTEGER,
  orig_branch    BLOB,
  orig_seq       INTEGER,
  held           INTEGER NOT NULL, -- the terminal was fenced when it came
  received_at_ms INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, seq)
) STRICT;

CREATE TABLE attachment (
  terminal       TEXT    NOT NULL,
  hash           BLOB    NOT NULL, -- SHA-256 of data
  data           BLOB    NOT NULL, -- ciphertext
  received_at_ms INTEGER NOT NULL,
  PRIMARY KEY (terminal, hash)
) STRICT;

-- The projector's own place in each journal, and what it had to pass over.
CREATE TABLE projected (
  terminal TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
) STRICT;

CREATE TABLE quarantine (
  terminal TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  reason   TEXT    NOT NULL,
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, seq)
) STRICT;

-- Claims of uniqueness: the first to arrive wins for ever.
CREATE TABLE claim_entry (
  entry     TEXT PRIMARY KEY,
  body_hash BLOB NOT NULL,
  account   TEXT              -- who it was resolved to; NULL until that is decided
) STRICT;

CREATE TABLE claim_sale (
  terminal          TEXT NOT NULL,
  business_day_date TEXT NOT NULL,
  sale_id           TEXT NOT NULL,
  entry             TEXT NOT NULL,
  PRIMARY KEY (terminal, business_day_date, sale_id)
) STRICT;

CREATE TABLE claim_identifier (
  hash    BLOB PRIMARY KEY, -- keyed hash, key of the chain
  account TEXT NOT NULL,
  entry   TEXT NOT NULL
) STRICT;

CREATE TABLE claim_account (
  account TEXT PRIMARY KEY,
  entry   TEXT NOT NULL -- the enroll
) STRICT;

-- Suspects who gave an identifier that nobody had claimed yet.
CREATE TABLE suspect (
  hash    BLOB NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (hash, account)
) STRICT;

-- Room under a terminal's cap, taken before a right is granted.
CREATE TABLE room (
  terminal TEXT    NOT NULL,
  right_id TEXT    NOT NULL,
  account  TEXT    NOT NULL,
  amount   INTEGER NOT NULL CHECK (amount >= 0), -- what the right still has
  PRIMARY KEY (terminal, right_id)
) STRICT;
CREATE INDEX room_account ON room (account);

-- Accounts: the ledger, and what its rows add up to.
CREATE TABLE account (
  account       TEXT PRIMARY KEY,
  n             INTEGER NOT NULL, -- rows of its ledger
  head          BLOB    NOT NULL, -- hash of the last one
  version       INTEGER NOT NULL, -- grows with everything a feed tells of it
  last_terminal TEXT              -- of the last sale
) STRICT;

CREATE TABLE ledger (
  account        TEXT    NOT NULL,
  n              INTEGER NOT NULL,
  entry          TEXT    NOT NULL,
  terminal       TEXT,              -- NULL for headquarters' own
  verdict        TEXT    NOT NULL,
  decided        BLOB    NOT NULL,  -- JSON: all that was decided
  hash           BLOB    NOT NULL,
  recorded_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, n),
  UNIQUE (account, entry)
) STRICT;
CREATE INDEX ledger_told ON ledger (account, n) WHERE verdict <> 'posted';

-- Headquarters' own entries, verbatim and signed.
CREATE TABLE own_entry (
  account   TEXT NOT NULL,
  entry     TEXT NOT NULL,
  body      BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (account, entry)
) STRICT;

CREATE TABLE balance (
  account    TEXT    NOT NULL,
  program    TEXT    NOT NULL,
  unit       TEXT    NOT NULL,
  available  INTEGER NOT NULL CHECK (available >= 0),
  pending    INTEGER NOT NULL CHECK (pending >= 0),
  receivable INTEGER NOT NULL CHECK (receivable >= 0),
  PRIMARY KEY (account, program, unit),
  CHECK (available = 0 OR receivable = 0)
) STRICT;

CREATE TABLE lot (
  account       TEXT    NOT NULL,
  lot           TEXT    NOT NULL,
  n             INTEGER NOT NULL, -- ledger row that made it
  program       TEXT    NOT NULL,
  unit          TEXT    NOT NULL,
  amount        INTEGER NOT NULL,
  rest          INTEGER NOT NULL CHECK (rest >= 0 AND rest <= amount),
  pending       INTEGER NOT NULL,
  vests_at_ms   INTEGER NOT NULL, -- 0 at once
  expires_at_ms INTEGER NOT NULL, -- 0 never
  PRIMARY KEY (account, lot)
) STRICT;

CREATE TABLE account_right (
  account        TEXT    NOT NULL,
  right_id       TEXT    NOT NULL,
  terminal       TEXT    NOT NULL,
  epoch          INTEGER NOT NULL,
  branch         BLOB    NOT NULL,
  program        TEXT    NOT NULL,
  unit           TEXT    NOT NULL,
  amount         INTEGER NOT NULL,
  spent          INTEGER NOT NULL CHECK (spent >= 0),
  returned       INTEGER NOT NULL CHECK (returned >= 0),
  state          TEXT    NOT NULL CHECK (state IN ('open', 'returned', 'reclaimed')),
  spend_until_ms INTEGER NOT NULL,
  reclaim_at_ms  INTEGER NOT NULL,
  entry          TEXT    NOT NULL, -- the grant
  n              INTEGER NOT NULL, -- ledger row that changed it last
  PRIMARY KEY (account, right_id),
  CHECK (spent + returned <= amount)
) STRICT;
CREATE INDEX right_open ON account_right (terminal) WHERE state = 'open';
CREATE INDEX right_past ON account_right (spend_until_ms) WHERE state = 'open';
CREATE INDEX right_due ON account_right (reclaim_at_ms) WHERE state = 'open';

CREATE TABLE account_right_lot (
  account  TEXT    NOT NULL,
  right_id TEXT    NOT NULL,
  place    INTEGER NOT NULL, -- from 0, in order of spending
  lot      TEXT    NOT NULL,
  rest     INTEGER NOT NULL CHECK (rest >= 0),
  PRIMARY KEY (account, right_id, place)
) STRICT;

-- Beside the ledger: rights asked back, who wrote last, who the person is.
CREATE TABLE recall (
  account  TEXT NOT NULL,
  right_id TEXT NOT NULL,
  PRIMARY KEY (account, right_id)
) STRICT;

CREATE TABLE account_place (
  account  TEXT    NOT NULL,
  terminal TEXT    NOT NULL,
  epoch    INTEGER NOT NULL,
  branch   BLOB    NOT NULL,
  seq      INTEGER NOT NULL,
  PRIMARY KEY (account, terminal)
) STRICT;

CREATE TABLE forward (
  account TEXT PRIMARY KEY,
  to_account TEXT NOT NULL
) STRICT;

CREATE TABLE person (
  account     TEXT PRIMARY KEY,
  entry       TEXT    NOT NULL, -- the enroll
  version     INTEGER NOT NULL,
  wrapped_key BLOB    NOT NULL, -- data key of the member, under the master key
  phone       BLOB    NOT NULL, -- sealed, JSON of ledger.Phone
  name        BLOB    NOT NULL  -- sealed
) STRICT;

-- Marks of what feeder and authority still have to look at.
CREATE TABLE feed_dirty (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  since_n INTEGER NOT NULL -- first ledger row that no feed may have told yet
) STRICT;

CREATE TABLE authority_dirty (
  account TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;

-- Per store one row per thing told: state, not log.
CREATE TABLE feed (
  store    TEXT    NOT NULL,
  kind     TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  position INTEGER NOT NULL,
  change   BLOB    NOT NULL, -- JSON of ledger.Change
  PRIMARY KEY (store, kind, key)
) STRICT;
CREATE UNIQUE INDEX feed_position ON feed (store, position);
