-- Which member of the account it is who was bound here; '' the account's own.
ALTER TABLE local ADD COLUMN member TEXT NOT NULL DEFAULT '';
