package sqlitedb_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// While one process holds the folder another is told so; once it is given
// free, that one gets it.
func TestLockIsExclusive(t *testing.T) {
	if dir := os.Getenv("SQLITEDB_LOCK"); dir != "" {
		lock, err := sqlitedb.LockFolder(dir)
		if err != nil && !errors.Is(err, sqlitedb.ErrLocked) {
			t.Fatal(err)
		}
		fmt.Println("locked elsewhere:", err)
		if err == nil {
			lock.Close()
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	lock, err := sqlitedb.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "lock"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
	want := fmt.Sprintf("another loyaltyd holds this folder (process %d)", os.Getpid())
	if got := lockElsewhere(t, dir); !strings.Contains(got, want) {
		t.Errorf("held: %q", got)
	}
	if _, err := sqlitedb.LockFolder(dir); !errors.Is(err, sqlitedb.ErrLocked) {
		t.Errorf("same process: %v", err)
	}
	if err := errors.Join(lock.Close(), lock.Close()); err != nil {
		t.Error(err)
	}
	if got := lockElsewhere(t, dir); !strings.Contains(got, "<nil>") {
		t.Errorf("free: %q", got)
	}
}

// A folder of another user is refused, root's refusal included: it names the
// owner.
func TestLockWantsTheOwner(t *testing.T) {
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitedb.Owned("/srv/till", info); err != nil {
		t.Errorf("our own: %v", err)
	}
	err = sqlitedb.Owned("/srv/till", another{info, uint32(os.Geteuid()) + 1})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "run as that user") {
		t.Errorf("another's: %v", err)
	}
}

// another is a folder of another user.
type another struct {
	fs.FileInfo
	uid uint32
}

func (a another) Sys() any { return &syscall.Stat_t{Uid: a.uid} }

func lockElsewhere(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockIsExclusive$")
	cmd.Env = append(os.Environ(), "SQLITEDB_LOCK="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestLockRefusesOpenFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitedb.LockFolder(dir); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("got %v", err)
	}
}
