-- Sales that came twice under one key and lost it, so that a return of one is
-- not taken for a return of the other.
CREATE TABLE duplicate_sale (
  entry             TEXT PRIMARY KEY,
  terminal          TEXT NOT NULL,
  business_day_date TEXT NOT NULL,
  sale_id           TEXT NOT NULL
) STRICT;
INSERT INTO duplicate_sale (entry, terminal, business_day_date, sale_id)
SELECT l.entry, l.terminal,
       json_extract(CAST(i.body AS TEXT), '$.business_day_date'), json_extract(CAST(i.body AS TEXT), '$.sale.sale_id')
FROM ledger l
JOIN intake i ON i.terminal = l.terminal
             AND i.epoch = json_extract(CAST(l.decided AS TEXT), '$.place.epoch')
             AND lower(hex(i.branch)) = json_extract(CAST(l.decided AS TEXT), '$.place.branch')
             AND i.seq = json_extract(CAST(l.decided AS TEXT), '$.place.seq')
WHERE l.verdict <> 'posted' AND l.verdict = 'duplicate_sale'
ON CONFLICT (entry) DO NOTHING;

-- Returns that came before their sale, by the sale's key: they are posted with
-- it, whichever terminal it comes from.
CREATE TABLE parked (
  sale_terminal     TEXT    NOT NULL,
  business_day_date TEXT    NOT NULL,
  sale_id           TEXT    NOT NULL,
  terminal          TEXT    NOT NULL,
  epoch             INTEGER NOT NULL,
  branch            BLOB    NOT NULL,
  seq               INTEGER NOT NULL,
  at_ms             INTEGER NOT NULL,
  PRIMARY KEY (sale_terminal, business_day_date, sale_id, terminal, epoch, branch, seq)
) STRICT;
CREATE INDEX parked_place ON parked (terminal, epoch, branch, seq);

-- Which rows of a ledger are returns of a sale in it.
CREATE TABLE sale_return (
  account TEXT    NOT NULL,
  sale    TEXT    NOT NULL, -- entry
  n       INTEGER NOT NULL,
  PRIMARY KEY (account, sale, n)
) STRICT;

-- When a person's name was given, in effective time; 0 in an earlier release.
ALTER TABLE person ADD COLUMN named_at_ms INTEGER NOT NULL DEFAULT 0;
