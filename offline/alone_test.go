package offline_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

const aloneIn = "OFFLINE_TEST_ALONE"

// alone runs a test in a process of its own, where it may change what holds
// for a whole process; in the one that called it reports true, and there is
// nothing left to do.
func alone(t *testing.T) (ran bool) {
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

// fillDisk makes every write beyond a file's first bytes fail, for the whole
// process, until it is freed.
func (tl *till) fillDisk() (free func()) {
	tl.t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var whole syscall.Rlimit
	tl.must("limit", syscall.Getrlimit(syscall.RLIMIT_FSIZE, &whole))
	tl.must("limit", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 8192, Max: whole.Max}))
	return func() {
		tl.t.Helper()
		tl.must("free", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &whole))
		signal.Reset(syscall.SIGXFSZ)
	}
}
