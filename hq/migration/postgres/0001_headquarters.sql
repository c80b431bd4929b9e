-- Numbered as the files for SQLite, which say what tables and columns are; a
-- test compares the two. Texts are compared and sorted by their bytes, as there.

CREATE TABLE chain (
  one           bigint           PRIMARY KEY CHECK (one = 1),
  chain         text COLLATE "C" NOT NULL,
  incarnation   bigint           NOT NULL,
  clock_mark_ms bigint           NOT NULL
);

CREATE TABLE store (
  store         text COLLATE "C" PRIMARY KEY,
  name          text COLLATE "C" NOT NULL,
  currency_code text COLLATE "C" NOT NULL,
  time_zone     text COLLATE "C" NOT NULL,
  region        text COLLATE "C" NOT NULL,
  wrapped_key   bytea            NOT NULL,
  sealed_lookup bytea            NOT NULL,
  position      bigint           NOT NULL
);

CREATE TABLE enrollment_code (
  code_hash     bytea            PRIMARY KEY,
  store         text COLLATE "C" NOT NULL,
  name          text COLLATE "C" NOT NULL,
  terminal      text COLLATE "C" NOT NULL,
  expires_at_ms bigint           NOT NULL,
  public_key    bytea
);

CREATE TABLE terminal (
  terminal        text COLLATE "C" PRIMARY KEY,
  store           text COLLATE "C" NOT NULL,
  name            text COLLATE "C" NOT NULL,
  public_key      bytea            NOT NULL,
  machine         text COLLATE "C" NOT NULL,
  machine_changes bigint           NOT NULL,
  enrolled_at_ms  bigint           NOT NULL,
  seen_at_ms      bigint           NOT NULL,
  fenced_at_ms    bigint,
  fence_reason    text COLLATE "C",
  epoch           bigint           NOT NULL,
  branch          bytea            NOT NULL,
  unrooted        bigint           NOT NULL,
  issued          bigint           NOT NULL,
  used            bigint           NOT NULL,
  used_request    bytea,
  used_answer     bytea
);

CREATE TABLE epoch (
  terminal    text COLLATE "C" NOT NULL,
  epoch       bigint           NOT NULL,
  branch      bytea            NOT NULL,
  began_from  bytea            NOT NULL,
  rooted      bigint           NOT NULL,
  seq         bigint           NOT NULL,
  head        bytea            NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
);

CREATE TABLE seal (
  terminal       text COLLATE "C" NOT NULL,
  epoch          bigint           NOT NULL,
  branch         bytea            NOT NULL,
  last           bigint           NOT NULL,
  seal           bytea            NOT NULL,
  signature      bytea            NOT NULL,
  received_at_ms bigint           NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, last)
);

CREATE TABLE intake (
  terminal       text COLLATE "C" NOT NULL,
  epoch          bigint           NOT NULL,
  branch         bytea            NOT NULL,
  seq            bigint           NOT NULL,
  body           bytea            NOT NULL,
  body_hash      bytea            NOT NULL,
  link           bytea            NOT NULL,
  orig_terminal  text COLLATE "C",
  orig_epoch     bigint,
  orig_branch    bytea,
  orig_seq       bigint,
  held           bigint           NOT NULL,
  received_at_ms bigint           NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, seq)
);

CREATE TABLE attachment (
  terminal       text COLLATE "C" NOT NULL,
  hash           bytea            NOT NULL,
  data           bytea            NOT NULL,
  received_at_ms bigint           NOT NULL,
  PRIMARY KEY (terminal, hash)
);

CREATE TABLE projected (
  terminal text COLLATE "C" NOT NULL,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  PRIMARY KEY (terminal, epoch, branch)
);

CREATE TABLE quarantine (
  terminal text COLLATE "C" NOT NULL,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  reason   text COLLATE "C" NOT NULL,
  at_ms    bigint           NOT NULL,
  PRIMARY KEY (terminal, epoch, branch, seq)
);

CREATE TABLE claim_entry (
  entry     text COLLATE "C" PRIMARY KEY,
  body_hash bytea            NOT NULL,
  account   text COLLATE "C"
);

CREATE TABLE claim_sale (
  terminal          text COLLATE "C" NOT NULL,
  business_day_date text COLLATE "C" NOT NULL,
  sale_id           text COLLATE "C" NOT NULL,
  entry             text COLLATE "C" NOT NULL,
  PRIMARY KEY (terminal, business_day_date, sale_id)
);

CREATE TABLE claim_identifier (
  hash    bytea            PRIMARY KEY,
  account text COLLATE "C" NOT NULL,
  entry   text COLLATE "C" NOT NULL
);

CREATE TABLE claim_account (
  account text COLLATE "C" PRIMARY KEY,
  entry   text COLLATE "C" NOT NULL
);

CREATE TABLE suspect (
  hash    bytea            NOT NULL,
  account text COLLATE "C" NOT NULL,
  PRIMARY KEY (hash, account)
);

CREATE TABLE room (
  terminal text COLLATE "C" NOT NULL,
  right_id text COLLATE "C" NOT NULL,
  account  text COLLATE "C" NOT NULL,
  amount   bigint           NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (terminal, right_id)
);
CREATE INDEX room_account ON room (account);

CREATE TABLE account (
  account       text COLLATE "C" PRIMARY KEY,
  n             bigint           NOT NULL,
  head          bytea            NOT NULL,
  version       bigint           NOT NULL,
  last_terminal text COLLATE "C"
);

CREATE TABLE ledger (
  account        text COLLATE "C" NOT NULL,
  n              bigint           NOT NULL,
  entry          text COLLATE "C" NOT NULL,
  terminal       text COLLATE "C",
  verdict        text COLLATE "C" NOT NULL,
  decided        bytea            NOT NULL,
  hash           bytea            NOT NULL,
  recorded_at_ms bigint           NOT NULL,
  PRIMARY KEY (account, n),
  UNIQUE (account, entry)
);
CREATE INDEX ledger_told ON ledger (account, n) WHERE verdict <> 'posted';

CREATE TABLE own_entry (
  account   text COLLATE "C" NOT NULL,
  entry     text COLLATE "C" NOT NULL,
  body      bytea            NOT NULL,
  signature bytea            NOT NULL,
  PRIMARY KEY (account, entry)
);

CREATE TABLE balance (
  account    text COLLATE "C" NOT NULL,
  program    text COLLATE "C" NOT NULL,
  unit       text COLLATE "C" NOT NULL,
  available  bigint           NOT NULL CHECK (available >= 0),
  pending    bigint           NOT NULL CHECK (pending >= 0),
  receivable bigint           NOT NULL CHECK (receivable >= 0),
  PRIMARY KEY (account, program, unit),
  CHECK (available = 0 OR receivable = 0)
);

CREATE TABLE lot (
  account       text COLLATE "C" NOT NULL,
  lot           text COLLATE "C" NOT NULL,
  n             bigint           NOT NULL,
  program       text COLLATE "C" NOT NULL,
  unit          text COLLATE "C" NOT NULL,
  amount        bigint           NOT NULL,
  rest          bigint           NOT NULL CHECK (rest >= 0 AND rest <= amount),
  pending       bigint           NOT NULL,
  vests_at_ms   bigint           NOT NULL,
  expires_at_ms bigint           NOT NULL,
  PRIMARY KEY (account, lot)
);

CREATE TABLE account_right (
  account        text COLLATE "C" NOT NULL,
  right_id       text COLLATE "C" NOT NULL,
  terminal       text COLLATE "C" NOT NULL,
  epoch          bigint           NOT NULL,
  branch         bytea            NOT NULL,
  program        text COLLATE "C" NOT NULL,
  unit           text COLLATE "C" NOT NULL,
  amount         bigint           NOT NULL,
  spent          bigint           NOT NULL CHECK (spent >= 0),
  returned       bigint           NOT NULL CHECK (returned >= 0),
  state          text COLLATE "C" NOT NULL CHECK (state IN ('open', 'returned', 'reclaimed')),
  spend_until_ms bigint           NOT NULL,
  reclaim_at_ms  bigint           NOT NULL,
  entry          text COLLATE "C" NOT NULL,
  n              bigint           NOT NULL,
  PRIMARY KEY (account, right_id),
  CHECK (spent + returned <= amount)
);
CREATE INDEX right_open ON account_right (terminal) WHERE state = 'open';
CREATE INDEX right_past ON account_right (spend_until_ms) WHERE state = 'open';
CREATE INDEX right_due ON account_right (reclaim_at_ms) WHERE state = 'open';

CREATE TABLE account_right_lot (
  account  text COLLATE "C" NOT NULL,
  right_id text COLLATE "C" NOT NULL,
  place    bigint           NOT NULL,
  lot      text COLLATE "C" NOT NULL,
  rest     bigint           NOT NULL CHECK (rest >= 0),
  PRIMARY KEY (account, right_id, place)
);

CREATE TABLE recall (
  account  text COLLATE "C" NOT NULL,
  right_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (account, right_id)
);

CREATE TABLE account_place (
  account  text COLLATE "C" NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch    bigint           NOT NULL,
  branch   bytea            NOT NULL,
  seq      bigint           NOT NULL,
  PRIMARY KEY (account, terminal)
);

CREATE TABLE forward (
  account text COLLATE "C" PRIMARY KEY,
  to_account text COLLATE "C" NOT NULL
);

CREATE TABLE person (
  account     text COLLATE "C" PRIMARY KEY,
  entry       text COLLATE "C" NOT NULL,
  version     bigint           NOT NULL,
  wrapped_key bytea            NOT NULL,
  phone       bytea            NOT NULL,
  name        bytea            NOT NULL
);

CREATE TABLE feed_dirty (
  account text COLLATE "C" PRIMARY KEY,
  version bigint           NOT NULL,
  since_n bigint           NOT NULL
);

CREATE TABLE authority_dirty (
  account text COLLATE "C" PRIMARY KEY,
  version bigint           NOT NULL
);

CREATE TABLE feed (
  store    text COLLATE "C" NOT NULL,
  kind     text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  version  bigint           NOT NULL,
  position bigint           NOT NULL,
  change   bytea            NOT NULL,
  PRIMARY KEY (store, kind, key)
);
CREATE UNIQUE INDEX feed_position ON feed (store, position);
