package testkit

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

// slowness is how much slower a machine may be than one that has nothing else to
// do before what should have happened counts as what never does.
const slowness = 4

// Within bounds what waits for other processes.
func Within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d*slowness)
	t.Cleanup(cancel)
	return ctx
}

// Private is a new data folder.
func Private(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Runs runs a daemon until the returned function, or the test's end, stops and
// closes it.
func Runs(t testing.TB, daemon interface {
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
