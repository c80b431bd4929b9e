package datadir

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/offline"
)

// FinishJoining forgets what the folder was before its key came: its own
// headquarters, and the seed of the enrollment. It goes on after a crash,
// which it knows by that seed.
func FinishJoining(dir string, id Identity) error {
	var kept enrolling
	err := keys.ReadFile(seedFile(dir), &kept)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(kept.Seed, id.Seed) {
		return nil
	}
	if err == nil && Look(dir).Headquarters() {
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
	if err := offline.Remove(dir); err != nil {
		return err
	}
	for _, name := range []string{"key.founding", "hq.db", "hq.key"} {
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

// EnrollmentSeed is that key: the one that was kept, or a new one.
func EnrollmentSeed(dir string) ([]byte, error) {
	var kept enrolling
	err := keys.ReadFile(seedFile(dir), &kept)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept.Seed, err
	}
	kept.Seed = make([]byte, ed25519.SeedSize)
	rand.Read(kept.Seed) // never fails
	return kept.Seed, keys.WriteFile(seedFile(dir), kept)
}
