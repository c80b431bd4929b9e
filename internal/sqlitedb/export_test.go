package sqlitedb

import "context"

// OpenTampered opens a database whose writing connection runs a statement
// after its pragmas were set and before they are read back.
func OpenTampered(ctx context.Context, opts Options, statement string) (*DB, error) {
	return open(ctx, opts, func(c rawConn) error {
		_, err := c.Exec(statement, nil)
		return err
	})
}

// CheckVersion is the test of the SQLite library's version.
var CheckVersion = checkVersion

// Owned is what LockFolder asks of a folder's owner.
var Owned = owned
