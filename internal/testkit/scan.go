package testkit

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
)

// NextScan is the next scan of a scanner that reads all right.
func NextScan(t testing.TB, ctx context.Context, events <-chan device.Event) device.Scan {
	t.Helper()
	select {
	case event := <-events:
		if event.Kind == device.Misread {
			t.Fatal(event.Err)
		}
		return event.Scan
	case <-ctx.Done():
		t.Fatal("no event of the scanner")
	}
	return device.Scan{}
}
