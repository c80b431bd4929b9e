-- The segments that a member of such an account is in, as in remembered. Those that
-- were heard of are heard of once more, with them.
ALTER TABLE household ADD COLUMN segments TEXT NOT NULL DEFAULT '';
DELETE FROM household_cursor;
