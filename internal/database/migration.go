package database

import (
	"errors"
	"fmt"
	"io/fs"
)

// Migration is one step of a schema; its place in the list, from 1, is the
// schema's number that it leads to.
type Migration struct {
	Name string
	Text string
}

// ReadMigrations reads NNNN_what.sql at the root of fsys in order, and refuses
// gaps.
func ReadMigrations(fsys fs.FS) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("read migrations: none found")
	}
	steps := make([]Migration, 0, len(names))
	for i, name := range names { // Glob sorts
		if want := fmt.Sprintf("%04d_", i+1); len(name) < 10 || name[:5] != want {
			return nil, fmt.Errorf("read migrations: %q stands where %swhat.sql belongs", name, want)
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		steps = append(steps, Migration{name, string(text)})
	}
	return steps, nil
}
