package staff

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// FileName is the file's, in the data folder.
const FileName = "operators"

// Open reads the book of a till's folder; where there is no file nobody works
// here. keyed hashes under a key that does not stand in the file. One process has
// a folder's file open, the one that holds the folder's lock.
func Open(dir string, keyed func(what string, data []byte) [32]byte) (*Book, error) {
	f, err := openFile(dir)
	if err != nil {
		return nil, err
	}
	return openBook(keyed, f)
}

// file keeps all of a book in a file.
type file struct {
	path string
	has  *content
}

func openFile(dir string) (*file, error) {
	f := &file{filepath.Join(dir, FileName), &content{V: 1}}
	err := keys.ReadFile(f.path, f.has)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read operators: %w", err)
	case f.has.V != 1:
		return nil, fmt.Errorf("read operators: %q is of another release", f.path)
	}
	return f, nil
}

func (f *file) read() (*content, error) { return f.has, nil }

func (f *file) change(do func(*content) error) (*content, error) {
	next := f.has.clone()
	if err := do(next); err != nil {
		return nil, err
	}
	if err := keys.WriteFile(f.path, next); err != nil {
		return nil, fmt.Errorf("keep operators: %w", err)
	}
	f.has = next
	return next, nil
}
