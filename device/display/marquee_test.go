package display

import (
	"testing"
	"time"
)

// A long line rests, runs round and rests; a short one beside it stands.
func TestMarquee(t *testing.T) {
	began := time.Unix(0, 0)
	m := newMarquee("New rules from 1 January 2027", "Corner Shop", ASCII, began)
	for _, c := range []struct {
		after time.Duration
		upper string
		next  time.Duration
	}{
		{0, "New rules from 1 Jan", 2 * time.Second},
		{1999 * time.Millisecond, "New rules from 1 Jan", time.Millisecond},
		{2 * time.Second, "ew rules from 1 Janu", step},
		{2*time.Second + 8*step, " from 1 January 2027", step},
		{2*time.Second + 9*step, "from 1 January 2027 ", step},
		{2*time.Second + 30*step, " New rules from 1 Ja", step},
		{2*time.Second + 31*step, "New rules from 1 Jan", step},
		{2*time.Second + 32*step, "New rules from 1 Jan", 2 * time.Second},
	} {
		cells, next := m.at(began.Add(c.after))
		if got := string(cells[0][:]); got != c.upper || next != c.next {
			t.Errorf("after %v: %q, next in %v; want %q, %v", c.after, got, next, c.upper, c.next)
		}
		if got := string(cells[1][:]); got != "Corner Shop         " {
			t.Errorf("after %v: the lower line is %q", c.after, got)
		}
	}
}

// What fits never moves.
func TestMarqueeStands(t *testing.T) {
	m := newMarquee("12345678901234567890", "şğıİşğıİşğıİşğıİşğıİ", ASCII, time.Now())
	if _, next := m.at(time.Now()); next != 0 {
		t.Errorf("moves in %v", next)
	}
}
