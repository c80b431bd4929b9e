-- Returns and voids have keys among those of sales. A sale is found by the
-- number on its paper; its returns by it. Both stand for sales alone, or for
-- returns alone, so that a sale costs no more rows than before.
ALTER TABLE sale ADD COLUMN receipt TEXT;  -- of a sale
ALTER TABLE sale ADD COLUMN of_entry TEXT; -- of a return: the sale's, where it is here
UPDATE sale
SET receipt = (
  SELECT CASE WHEN json_valid(j.body) THEN json_extract(j.body, '$.sale.receipt') END
  FROM journal j
  WHERE j.id = sale.entry AND j.orig_n IS NULL);
CREATE INDEX sale_receipt ON sale (receipt) WHERE receipt IS NOT NULL;
CREATE INDEX sale_of_entry ON sale (of_entry) WHERE of_entry IS NOT NULL;

-- What members said they are called and the feed has not brought yet. n is the
-- latest journal row of the entry, mask what may be shown.
CREATE TABLE named (
  account TEXT NOT NULL,
  n       INTEGER NOT NULL,
  mask    TEXT NOT NULL,
  PRIMARY KEY (account, n)
) STRICT, WITHOUT ROWID;
