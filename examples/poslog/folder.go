package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// folder is where the POS drops its files: what was told to the till moves to
// done, what cannot be told to refused, and what the customer is to read stands in
// answers, each under the name of its file.
type folder struct {
	path string
	till *till
}

const (
	doneFolder    = "done"
	refusedFolder = "refused"
	answersFolder = "answers"
)

// maxFile bounds what is read of a file: a day of a busy till is below it.
const maxFile = 16 << 20

// patience is how long a file may be unfinished: it is still being written.
const patience = time.Minute

func (f *folder) make() error {
	for _, name := range []string{doneFolder, refusedFolder, answersFolder} {
		if err := os.MkdirAll(filepath.Join(f.path, name), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// round tells the till what lies there, in the order of the names, up to the first
// file that has to wait: a return must not overtake its sale. What was told and not
// moved, because somebody pulled the plug, is told again and counts once.
func (f *folder) round(ctx context.Context) error {
	names, err := filepath.Glob(filepath.Join(f.path, "*.xml"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := f.file(ctx, name); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
	}
	return nil
}

func (f *folder) file(ctx context.Context, name string) error {
	transactions, err := read(name)
	if errors.Is(err, errUnfinished) && young(name) {
		return err
	}
	if err != nil {
		return f.refuse(name, err)
	}
	var told strings.Builder
	for _, t := range transactions {
		err := f.till.tell(ctx, &t, &told)
		if _, refused := errors.AsType[*problem](err); refused || errors.Is(err, errUntellable) {
			return f.refuse(name, fmt.Errorf("transaction %s: %w", t.id(), err))
		}
		if err != nil {
			return err
		}
	}
	return f.finish(name, doneFolder, answersFolder, told.String())
}

func read(name string) ([]transaction, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes: write a file per sale", maxFile)
	}
	return parse(text)
}

func young(name string) bool {
	info, err := os.Stat(name)
	return err == nil && time.Since(info.ModTime()) < patience
}

func (f *folder) refuse(name string, why error) error {
	text := why.Error() + "\nMend the file and put it back into the folder: what was told already counts once.\n"
	return f.finish(name, refusedFolder, refusedFolder, text)
}

// finish writes what is to be read, then moves the file.
func (f *folder) finish(name, folder, beside, text string) error {
	base := filepath.Base(name)
	note := filepath.Join(f.path, beside, strings.TrimSuffix(base, ".xml")+".txt")
	if err := os.WriteFile(note+".new", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(note+".new", note); err != nil {
		return err
	}
	return os.Rename(name, filepath.Join(f.path, folder, base))
}
