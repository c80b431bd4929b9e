package backup_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// A backup comes to its place whole, and never over another.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "one.age")
	saved, err := backup.Save(path, says("first"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(backup.Saved{Path: path, Size: 5, Hash: ledger.HashOf([]byte("first"))}, saved); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := backup.Save(path, says("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	failed := errors.New("no space left on device")
	_, err = backup.Save(filepath.Join(dir, "two.age"), func(w io.Writer) error {
		return errors.Join(says("half")(w), failed)
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"one.age"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	if _, err := backup.Save(filepath.Join(dir, "stick", "x.age"), says("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "first" {
		t.Errorf("the first is now %q", text)
	}
}

// The newest few are kept, the one just made whatever its name says, and what
// is not ours is left alone.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b-1.age", "b-2.age", "b-3.age", "b-0.age", "c-1.age", "b-1.txt", "b-9.age.partial"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := backup.Sweep(dir, "b-"); err != nil {
		t.Error(err)
	}
	if err := backup.Prune(dir, "b-", ".age", 3, "b-0.age"); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"b-0.age", "b-1.txt", "b-2.age", "b-3.age", "c-1.age"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// What takes the place of another is there alone, and what was there before is
// overwritten, for whoever has it open or finds its blocks.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "one.keys")
	for _, text := range []string{"first and longer", "second"} {
		var before *os.File
		if text == "second" {
			var err error
			if before, err = os.Open(path); err != nil {
				t.Fatal(err)
			}
			defer before.Close()
		}
		if _, err := backup.Replace(path, says(text)); err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(path); err != nil || string(have) != text {
			t.Errorf("there is %q, %v", have, err)
		}
		if before == nil {
			continue
		}
		if left, err := io.ReadAll(before); err != nil || string(left) != string(make([]byte, len("first and longer"))) {
			t.Errorf("left of the first: %q, %v", left, err)
		}
	}
	failed := errors.New("no space left on device")
	if _, err := backup.Replace(path, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if have, err := os.ReadFile(path); err != nil || string(have) != "second" {
		t.Errorf("after a failure there is %q, %v", have, err)
	}
	if diff := cmp.Diff([]string{"one.keys"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}
