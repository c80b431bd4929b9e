package story_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// onRealFileSystem is TestDiskFullAndFreed on a file system of its own: without
// room, with room again, read-only, writable again. It needs root.
func onRealFileSystem(t *testing.T) {
	f := newFaulty(t)
	f.lane.Process.Stop()
	folder := f.stage.Folder("till")
	moveToTmpfs(f, folder)
	f.must("boot", f.stage.Boot(testkit.Within(t, 20*time.Second), f.lane))

	f.must("fill", fill(filepath.Join(folder, "ballast")))
	refused := f.key()
	f.sees("Not saved: ENTER")
	shown, since := f.shown(), time.Now()
	f.must("free", os.Remove(filepath.Join(folder, "ballast")))
	f.enters("Earned")
	f.saw("a real disk full, freed, the same ENTER", shown, since)
	f.told[refused] = true
	f.press("\x1b", "Phone, then")

	writable := readOnly(f)
	refused = f.key()
	f.sees("Not saved: ENTER")
	shown, since = f.shown(), time.Now()
	writable()
	f.enters("Earned")
	f.saw("the file system read-only, writable again, the same ENTER", shown, since)
	f.told[refused] = true
	f.sells()
	f.whole()
}

// moveToTmpfs puts a folder on a small file system.
func moveToTmpfs(f *faulty, folder string) {
	f.t.Helper()
	aside := folder + ".aside"
	f.must("move", os.Rename(folder, aside))
	f.must("make", os.Mkdir(folder, 0o700))
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", folder).CombinedOutput()
	if err != nil {
		f.t.Fatalf("mount (the full numbers need root): %s", out)
	}
	f.t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	f.must("copy", os.CopyFS(folder, os.DirFS(aside)))
	for _, name := range []string{"journal.db", "directory.db", "mark", "key", "api.token"} {
		f.must("chmod", os.Chmod(filepath.Join(folder, name), 0o600))
	}
}

// readOnly has the daemon's writes answered as a file system answers that the
// kernel made read-only after an error. A remount by hand would be refused
// while files are open.
func readOnly(f *faulty) (writable func()) {
	f.t.Helper()
	cmd := exec.Command("strace", "-f", "-p", f.pid(), "-o", filepath.Join(f.stage.Dir, "trace"), "-e", "trace=pwrite64,ftruncate,fdatasync",
		"-e", "inject=pwrite64,ftruncate:error=EROFS")
	talk, err := cmd.StderrPipe()
	f.must("pipe", err)
	f.must("trace", cmd.Start())
	f.t.Cleanup(func() { _ = cmd.Process.Kill() })
	// It says so when it is attached.
	_, err = talk.Read(make([]byte, 1))
	f.must("attach (the full numbers need root)", err)
	return func() {
		f.t.Helper()
		f.must("let go", cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait() // it ends by the signal
	}
}

// fill takes all the room there is.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, zeroes{})
	if !errors.Is(err, syscall.ENOSPC) {
		return errors.Join(errors.New("the disk did not fill"), err, f.Close())
	}
	return f.Close()
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }
