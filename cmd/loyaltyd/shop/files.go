package shop

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Program is the starter as a file of one's own.
func Program(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.yaml")
	if err := os.WriteFile(file, configs.Starter, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Version is the starter with pieces replaced, as a file.
func Version(t testing.TB, edits ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.yaml")
	text := strings.NewReplacer(edits...).Replace(string(configs.Starter))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Ahead makes a till see a later time than it is.
func Ahead(t *testing.T, config configs.Config, by time.Duration) {
	t.Helper()
	id, err := datadir.ReadIdentity(config.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	program, err := datadir.LoadProgram(config)
	if err != nil {
		t.Fatal(err)
	}
	options, err := datadir.StoreOptions(config, id, loyalty.NewVersions(time.UTC, program))
	if err != nil {
		t.Fatal(err)
	}
	options.Now = func() time.Time { return time.Now().Add(by) }
	store, err := offline.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.AcceptClock(t.Context())
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

// KeptTill is a till that a release enrolled, in a folder of its own; its
// headquarters is not reached.
func KeptTill(t *testing.T) configs.Config {
	t.Helper()
	dir := t.TempDir()
	Unpack(t, "../testdata/release-edf6fc5.tar.gz", dir)
	config := configs.Default()
	config.DataDir, config.API.Listen = filepath.Join(dir, "till1"), "127.0.0.1:0"
	config.Headquarters.URL = "https://127.0.0.1:1"
	return config
}

// Unpack gives a test a copy of its own.
func Unpack(t *testing.T, archive, dir string) {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for packed := tar.NewReader(zipped); ; {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path, mode := filepath.Join(dir, header.Name), header.FileInfo().Mode()
		if mode.IsDir() {
			err = os.Mkdir(path, mode.Perm())
		} else {
			var body []byte
			if body, err = io.ReadAll(packed); err == nil {
				err = os.WriteFile(path, body, mode.Perm())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
