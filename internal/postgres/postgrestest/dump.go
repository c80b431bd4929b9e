package postgrestest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Dump writes a database to a file, as a backup by PostgreSQL's own pg_dump.
func (c *Cluster) Dump(tb testing.TB, database, file string) {
	tb.Helper()
	c.client(tb, "pg_dump", "-d", database, "-n", c.Exec(tb, database, "SELECT current_schema()"), "-f", file)
}

// Load drops a database and puts a dump of it in its place.
func (c *Cluster) Load(tb testing.TB, database, file string) {
	tb.Helper()
	c.Exec(tb, database, "DROP SCHEMA "+c.Exec(tb, database, "SELECT current_schema()")+" CASCADE")
	c.client(tb, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", file)
}

func (c *Cluster) client(tb testing.TB, program string, args ...string) {
	tb.Helper()
	if out, err := exec.Command(filepath.Join(c.bin, program), args...).CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v: %s", program, err, out)
	}
}
