package checkout_test

import "testing"

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
