-- more is what most members have nothing of: NULL, or the list in JSON of what is
-- escrowed and pending of the main unit, applied and applied_seq. All else is as it
-- was, but for the keys below zero of accounts without identifiers: they begin at
-- -1 less the number that the account's first six bytes are, or the next below.
CREATE TABLE slim_member (
  key       INTEGER PRIMARY KEY,
  rest      BLOB NOT NULL CHECK (length(rest) = 6),
  account   BLOB NOT NULL CHECK (length(account) = 16),
  name      TEXT NOT NULL,
  as_of_s   INTEGER,
  available INTEGER, -- of the main unit, NULL where there is no balance of it
  more      TEXT
) STRICT;

CREATE TEMP VIEW slimmed AS
SELECT key, rest, account, name, as_of_s, available,
  CASE WHEN coalesce(escrowed, 0) <> 0 OR coalesce(pending, 0) <> 0 OR applied <> 0
    THEN json_array(coalesce(escrowed, 0), coalesce(pending, 0), applied, applied_seq)
  END AS more
FROM main.member;

INSERT INTO slim_member
SELECT key, rest, account, name, as_of_s, available, more
FROM slimmed
WHERE key >= 0
ORDER BY key;
INSERT OR IGNORE INTO slim_member
SELECT -(('0x' || hex(substr(account, 1, 6))) ->> '$') - row_number() OVER (PARTITION BY substr(account, 1, 6)),
  rest, account, name, as_of_s, available, more
FROM slimmed
WHERE key < 0;

-- Where the rows of accounts that begin with the same two bytes stand: four bytes for
-- each, in no order: the third byte of the account, and the first three of the key.
-- An index would take sixteen. Keys below zero are told by their account alone.
CREATE TABLE whereabouts (
  begins INTEGER PRIMARY KEY CHECK (begins BETWEEN 0 AND 65535),
  places BLOB NOT NULL CHECK (length(places) % 4 = 0)
) STRICT;
INSERT INTO whereabouts
SELECT ('0x' || hex(substr(account, 1, 2))) ->> '$',
  unhex(group_concat(hex(substr(account, 3, 1)) || printf('%06X', min(key >> 24, 0xffffff)), ''))
FROM slim_member
WHERE key >= 0
GROUP BY substr(account, 1, 2);

DROP VIEW slimmed;
DROP TABLE member;
ALTER TABLE slim_member RENAME TO member;
