package checkout_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
)

// Operator 9's badge, and 7's.
const (
	managersBadge = "2999000000098"
	cashiersBadge = "2999000000074"
)

// An operator signs on by her badge and her PIN; another takes over by hers. A
// manager who is asked for says by it who she is.
func TestBadge(t *testing.T) {
	l := newScanLane(t)
	l.scan(cashiersBadge)
	l.shows("Corner Shop", "No operators here")

	book := employ(t, l.till)
	l.scan(cashiersBadge)
	l.shows("PIN, then ENTER", "")
	l.key("4875=")
	l.shows("Signed on", "Ali                7")
	l.key("x")
	l.scan(managersBadge)
	l.key("4895=")
	l.shows("Signed on", "Zeynep             9")
	if on := book.OnDuty(); on != "9" {
		t.Errorf("%q is on duty", on)
	}
	l.key("x")
	l.scan(anaCard)
	l.scan(cashiersBadge)
	l.shows("***4567   700 points", "Badge: not now")
}

// What a scan sounds like: good where it did something, bad where it did not,
// and nothing where it is the POS's.
func TestScansSound(t *testing.T) {
	l := newScanLane(t)
	for _, c := range []struct {
		keys, scan string
		want       device.Feedback
	}{
		{"", "https://evil.example.net/", device.Bad},
		{"", "5901234123457", device.Silent},
		{"", "2912000000004", device.Bad}, // nobody's card
		{"", anaCard, device.Good},
		{"", "5901234123457", device.Silent},
		{"", bobCard, device.Bad},
		{"100=", "hello", device.Bad},
		{"M", "5901234123457", device.Silent},
		{"x", "10000001", device.Good},
	} {
		l.key(c.keys)
		l.scan(c.scan)
		if l.heard != c.want {
			t.Errorf("%q sounds %d, want %d", c.scan, l.heard, c.want)
		}
	}
}
