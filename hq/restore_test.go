package hq_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

// A new incarnation ends every headquarters of its database, so it is begun only
// by who brings the database's own key file; another, a damaged and a missing one
// are refused, and nothing changes.
func TestRestoreNeedsItsKey(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { refusesKeys(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { refusesKeys(t, postgrestest.Shared(t).Database(t)) })
}

func refusesKeys(t *testing.T, database string) {
	options := hq.Options{Dir: t.TempDir(), Database: database}
	began(t, options)
	other := t.TempDir()
	began(t, hq.Options{Dir: other})
	path := filepath.Join(options.Dir, hq.KeyFile)
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(other, hq.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"another chain's": foreign, "garbage": []byte("{\"chain\": 7"), "empty": {}, "no keys": []byte("{}"), "missing": nil,
	} {
		put(t, path, text)
		if _, err := custody.Restore(t.Context(), options.Home(), time.Now()); !isKeyFault(err) {
			t.Errorf("%s key file at a restore: %v", name, err)
		}
		if h, err := hq.Open(t.Context(), options); !isKeyFault(err) {
			t.Errorf("%s key file at a start: %v, %v", name, h, err)
		}
		put(t, path, own)
		if got := incarnationOf(t, options); got != 1 {
			t.Fatalf("%s key file: incarnation %d began", name, got)
		}
	}
	if _, err := custody.Restore(t.Context(), options.Home(), time.Now()); err != nil {
		t.Errorf("with its own key file: %v", err)
	}
}

func isKeyFault(err error) bool { return errors.As(err, new(*keyring.FileError)) }

func began(t *testing.T, options hq.Options) {
	t.Helper()
	h, err := hq.Open(t.Context(), options)
	if err == nil {
		err = h.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a file, or takes it away where text is nil.
func put(t *testing.T, path string, text []byte) {
	t.Helper()
	err := os.Remove(path)
	if text != nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

func incarnationOf(t *testing.T, options hq.Options) int {
	t.Helper()
	look, err := hq.OpenReadOnly(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	status, err := look.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(status.Incarnation)
}
