package columns_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire/columns"
)

var update = flag.Bool("update", false, "make the dictionary anew, and what is kept coded with it: before its first release alone")

// What was coded once is read for ever as what it was: batches and an ack, of entries
// of every kind and of the shipped programs.
func TestKept(t *testing.T) {
	if *update {
		keep(t)
	}
	for _, s := range samples(t) {
		coded, err := os.ReadFile(s.coded)
		if err != nil {
			t.Fatal(err)
		}
		message, err := columns.Decode(coded, len(s.message))
		if err != nil || !bytes.Equal(message, s.message) {
			t.Errorf("%s is read as another message: %v", s.coded, err)
		}
	}
}

// keep makes the dictionary of what the samples' shapes and columns begin with, the
// most common last, where a run finds no coded samples; with that in it, the next run
// codes them.
func keep(t *testing.T) {
	t.Helper()
	var made []byte
	for _, s := range samples(t) {
		made = append(made, columns.Forms(s.message)...)
		if err := os.WriteFile(s.coded, columns.Encode(s.message), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("dictionary", made, 0o644); err != nil {
		t.Fatal(err)
	}
}

type sample struct {
	message []byte
	coded   string // the file
}

func samples(t testing.TB) (all []sample) {
	t.Helper()
	names, err := filepath.Glob("testdata/sample/*.ndjson")
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range names {
		message, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{message, strings.TrimSuffix(name, ".ndjson") + ".columns"})
	}
	return all
}
