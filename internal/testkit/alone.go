package testkit

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

const aloneIn = "LOYALTYD_TEST_ALONE"

// Alone runs a test in a process of its own, where it may change what holds for a whole
// process; in the one that called it reports true, and there is nothing left to do.
func Alone(t *testing.T) (ran bool) {
	t.Helper()
	if os.Getenv(aloneIn) != "" {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), aloneIn+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return true
}

// FillDisk makes every write beyond a file's first bytes fail, for the whole process (see
// Alone), until it is freed.
func FillDisk(t testing.TB, bytes uint64) (free func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var whole syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &whole)
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: whole.Max})
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &whole); err != nil {
			t.Fatal(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	}
}
