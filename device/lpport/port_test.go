package lpport

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device/sim"
)

// A printer whose plug was pulled while nobody read says so to the next who does: the
// kernel then gives an empty transfer for ever, as some printers do that are there.
func TestPulledBetweenReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp")
	printer, err := sim.NewPrinter(path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(0)
	if err := printer.Unplug(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, err := l.Read(make([]byte, 16)); err != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it is still taken for there")
		}
	}
}
