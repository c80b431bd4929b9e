package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Saved says where a backup lies, and that it was read back as it was written.
type Saved struct {
	Path string      `json:"file"`
	Size int64       `json:"size_bytes"`
	Hash ledger.Hash `json:"sha256"` // of the file, which is ciphertext
}

// partial is what a backup is called until it is whole.
const partial = ".partial"

// Save brings a backup to its place: write gives its bytes to a file of another
// name, which is made durable, read back from the disk and only then called
// path. Until then, and after any error, what is there stays as it is. The
// folder must exist: a missing one is most often a stick that is not plugged
// in. A path that exists is fs.ErrExist.
func Save(path string, write func(io.Writer) error) (saved Saved, err error) {
	if _, err := os.Lstat(path); err == nil {
		return saved, fmt.Errorf("save backup: %s is there already: %w", path, fs.ErrExist)
	}
	return save(path, write)
}

// Replace is Save over what is there, which is then overwritten, as far as the disk
// writes in place, and gone.
func Replace(path string, write func(io.Writer) error) (saved Saved, err error) {
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return save(path, write)
	}
	if err != nil {
		return saved, fmt.Errorf("replace backup: %w", err)
	}
	defer old.Close() // it has no name by then
	if saved, err = save(path, write); err != nil {
		return saved, err
	}
	if err := overwrite(old); err != nil {
		return saved, fmt.Errorf("replace backup: %w", err)
	}
	return saved, nil
}

// overwrite fills a file with zeros.
func overwrite(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < info.Size(); at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at); err != nil {
			return err
		}
	}
	return f.Sync()
}

func save(path string, write func(io.Writer) error) (saved Saved, err error) {
	f, err := os.OpenFile(path+partial, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return saved, fmt.Errorf("save backup: %w", err)
	}
	defer func() {
		if f.Close(); err != nil { // it was synced where it mattered
			os.Remove(path + partial)
		}
	}()
	counted := &counter{to: f, sum: sha256.New()}
	if err := write(counted); err != nil {
		return saved, err
	}
	if err := f.Sync(); err != nil {
		return saved, fmt.Errorf("save backup: %w", err)
	}
	saved = Saved{Path: path, Size: counted.n, Hash: ledger.Hash(counted.sum.Sum(nil))}
	if err := readBack(f, saved); err != nil {
		return saved, fmt.Errorf("save backup: %w", err)
	}
	if err := os.Rename(path+partial, path); err != nil {
		return saved, fmt.Errorf("save backup: %w", err)
	}
	return saved, syncFolder(filepath.Dir(path))
}

// counter hashes and counts what goes through.
type counter struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// readBack compares what the disk has with what was written. The page cache is
// asked to forget it first.
func readBack(f *os.File, want Saved) error {
	forget(f)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("read it back: %w", err)
	}
	if n != want.Size || ledger.Hash(sum.Sum(nil)) != want.Hash {
		return errors.New("what is on the disk is not what was written: replace that disk")
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("save backup: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) { // some file systems of sticks cannot
		return fmt.Errorf("save backup: %w", err)
	}
	return nil
}

// Sweep removes what crashed backups of these names left in a folder.
func Sweep(folder, prefix string) error {
	return removeEach(folder, prefix, func(name string) bool { return strings.HasSuffix(name, partial) })
}

// Prune keeps the newest backups of a folder, by their names, and the one just
// made, whatever a clock called it.
func Prune(folder, prefix, suffix string, keep int, made string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("prune backups: %w", err)
	}
	var old []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) && e.Name() != made {
			old = append(old, e.Name())
		}
	}
	slices.Sort(old)
	old = old[:max(0, len(old)-(keep-1))]
	return removeEach(folder, prefix, func(name string) bool { return slices.Contains(old, name) })
}

func removeEach(folder, prefix string, unwanted func(name string) bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("clear backups: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), prefix) && unwanted(e.Name()) {
			errs = append(errs, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	return errors.Join(errs...)
}
