package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// beLoyaltyd makes the test binary be the command, so that daemons in tests
// are processes of their own without another build.
const beLoyaltyd = "BE_LOYALTYD"

func TestMain(m *testing.M) {
	if os.Getenv(beLoyaltyd) != "" {
		main()
	}
	os.Exit(m.Run())
}

// newStage returns a stage whose daemons are this test binary.
func newStage(t testing.TB) *stage.Stage {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage.Stage{Dir: t.TempDir(), Executable: executable, Env: []string{beLoyaltyd + "=1"}}
	t.Cleanup(func() {
		s.Close()
		if t.Failed() {
			tellLogs(t, s)
		}
	})
	return s
}

// tellLogs shows what the daemons said.
func tellLogs(t testing.TB, s *stage.Stage) {
	names := []string{"hq"}
	for _, l := range s.Lanes {
		names = append(names, l.Name)
	}
	if s.Hub.Process != nil {
		names = append(names, "hub")
	}
	for _, name := range names {
		text, err := os.ReadFile(s.LogFile(name))
		t.Logf("%s said (%v):\n%s", name, err, text)
	}
}

// slowness is how much slower a machine may be than one that has nothing else to
// do before what should have happened counts as what never does.
const slowness = 4

// within bounds what waits for other processes.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d*slowness)
	t.Cleanup(cancel)
	return ctx
}

// private is a new data folder.
func private(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runs runs a daemon until the returned function, or the test's end, stops and
// closes it.
func runs(t testing.TB, daemon interface {
	Run(context.Context) error
	Close() error
}) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- daemon.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ran, daemon.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}
