package device_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// Waits grow from 250 ms to 5 s, and only a session that lasted starts them anew.
func TestBackoff(t *testing.T) {
	low := []time.Duration{250, 500, 1000, 2000, 2500, 2500, 2500}
	for i, got := range device.Waits(len(low)) {
		from := low[i] * time.Millisecond
		if got < from || got >= min(2*from, 5*time.Second) {
			t.Errorf("wait %d is %v, want it in [%v, %v)", i, got, from, min(2*from, 5*time.Second))
		}
	}
	if got := device.WaitAfter(time.Second); got < 2500*time.Millisecond {
		t.Errorf("a loose plug is tried again after %v", got)
	}
	if got := device.WaitAfter(time.Minute); got >= 500*time.Millisecond {
		t.Errorf("a device lost after a minute is tried again after %v", got)
	}
}
