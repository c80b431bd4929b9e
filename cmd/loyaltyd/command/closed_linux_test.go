package command_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// A folder that another user's rights close is not called empty.
func TestClosedFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		var talk bytes.Buffer
		if code := command.Run(t.Context(), []string{"hq", "terminals", "--data", dir}, nil, &bytes.Buffer{}, &talk); code != exit.Permission {
			t.Errorf("exit %d and %q, want %d", code, &talk, exit.Permission)
		}
	})
}

// asNobody does something with files as somebody whom their modes stop, also where
// root tests.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if os.Getuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread() // whose rights alone change
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	do()
}
