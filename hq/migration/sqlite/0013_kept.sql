-- Of a lot, what the version that made it said and later ones do not change:
-- after how long without activity it ends (empty where that ends nothing), and
-- what a voucher gives, as JSON (empty of units, and of vouchers of an earlier
-- release).
ALTER TABLE lot ADD COLUMN idle TEXT NOT NULL DEFAULT '';
ALTER TABLE lot ADD COLUMN promise TEXT NOT NULL DEFAULT '';

-- When lots last ended, of each such length, as JSON; it takes the place of idled.
ALTER TABLE balance ADD COLUMN idled_after TEXT NOT NULL DEFAULT '[]';
UPDATE balance
SET idled_after = '[{"name":"","is":"' || idled || '"}]'
WHERE idled <> '';
