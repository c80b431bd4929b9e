package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// finishJoining forgets what the folder was before its key came: its own
// headquarters, and the seed of the enrollment. It goes on after a crash,
// which it knows by that seed.
func finishJoining(dir string, id identity) error {
	var kept enrolling
	err := keys.ReadFile(seedFile(dir), &kept)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(kept.Seed, id.Seed) {
		return nil
	}
	if err == nil && lookAt(dir).headquarters() {
		err = forgetOwn(dir)
	}
	if err != nil {
		return err
	}
	return os.Remove(seedFile(dir))
}

// forgetOwn removes a till that was its own headquarters; hq.key, by which the
// folder is known for one, last.
func forgetOwn(dir string) error {
	for _, name := range []string{"journal.db", "directory.db", "mark", "key.founding", "hq.db", "hq.key"} {
		for _, end := range []string{"-wal", "-shm", ""} {
			if err := os.Remove(filepath.Join(dir, name+end)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// seedFile keeps the key that a code was first shown with, so that the command
// may be repeated after an answer was lost.
func seedFile(dir string) string { return filepath.Join(dir, "key.enrolling") }

type enrolling struct {
	Seed []byte `json:"seed"`
}
