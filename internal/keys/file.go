package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/folder"
)

// maxFileBytes bounds a key file; real ones have a few hundred bytes.
const maxFileBytes = 1 << 20

// WriteFile puts v as JSON into a file of mode 0600, in one step: after a
// power cut there is the old file or the new one. Private values belong into v
// as what Reveal gives; one left masked is refused.
func WriteFile(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write key file %q: %w", path, err)
	}
	if bytes.Contains(text, []byte(`"`+mask+`"`)) {
		return fmt.Errorf("write key file %q: a value is masked and would be lost", path)
	}
	if err := replace(path, append(text, '\n')); err != nil {
		return fmt.Errorf("write key file %q: %w", path, err)
	}
	return nil
}

func replace(path string, text []byte) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return folder.Sync(dir)
}

// ReadFile reads what WriteFile wrote. It refuses a file that others on the
// machine may read, keys that v does not have, and anything after the value. A
// missing file is fs.ErrNotExist.
func ReadFile(path string, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("key file %q has mode %#o, so others on this machine can use it (chmod 600 %s, and replace the keys if someone may have): %w",
			path, mode, path, fs.ErrPermission)
	}
	dec := json.NewDecoder(io.LimitReader(f, maxFileBytes))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("read key file %q: %w", path, harmless(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read key file %q: more than one value", path)
	}
	return nil
}

// harmless leaves out of an error the value that it met.
func harmless(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %q has the wrong type", wrong.Field)
	}
	return err
}
