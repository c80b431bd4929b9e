-- An account's lots are found by the key: an index of those that are left cost each
-- sale more than it saves who spends.
DROP INDEX lot_left;
