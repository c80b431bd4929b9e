package datadir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
)

// Whoever joins a chain leaves nothing behind of the till that was its own headquarters,
// also nothing that the next start would take for its journal.
func TestFinishJoiningForgets(t *testing.T) {
	dir := t.TempDir()
	seed, err := datadir.EnrollmentSeed(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"journal.db", "journal.db-wal", "journal.db.rescued", "journal.db.rescued-wal", "journal.damaged", "directory.db",
		"directory.db.settling", "directory.db.rows", "mark", "key.founding", "hq.db", "hq.key",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "damaged", "20261122T090000Z"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := datadir.FinishJoining(dir, datadir.Identity{Seed: seed}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
