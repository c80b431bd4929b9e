package testkit

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Pack writes a folder into an archive, without what only a running process has.
func Pack(t testing.TB, dir, archive string) {
	t.Helper()
	file, err := os.Create(archive)
	must(t, err)
	zipped, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	must(t, err)
	packed := tar.NewWriter(zipped)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return packFile(packed, name, path)
	})
	must(t, errors.Join(err, packed.Close(), zipped.Close(), file.Close()))
}

func packFile(packed *tar.Writer, name, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := packed.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err = packed.Write(text)
	return err
}

// Unpack gives a test a copy of its own of what Pack wrote.
func Unpack(t testing.TB, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	file, err := os.Open(archive)
	must(t, err)
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	must(t, err)
	for packed := tar.NewReader(zipped); ; {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		must(t, err)
		path := filepath.Join(dir, header.Name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		text, err := io.ReadAll(packed)
		must(t, err)
		must(t, os.WriteFile(path, text, 0o600))
	}
}
