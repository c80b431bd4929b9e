package device

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"time"
)

const (
	minWait = 250 * time.Millisecond
	maxWait = 5 * time.Second
	// steadyAfter is how long a session lasts to be more than a loose plug
	// that makes and breaks.
	steadyAfter = 2 * maxWait
	// permissionLag is how long udev may take to let us open a device node
	// that has just appeared.
	permissionLag = 2 * time.Second
)

// backoff gives the waits between attempts to open a device: the first in
// [minWait, 2 minWait), then doubling, each drawn from the upper half of its
// range so that several ports of one hub do not come in step, none above
// maxWait.
type backoff struct {
	ceiling time.Duration
	denied  time.Time // since when each attempt was denied permission
}

func (b *backoff) next() time.Duration {
	b.ceiling = min(max(2*b.ceiling, 2*minWait), maxWait)
	return b.ceiling/2 + rand.N(b.ceiling/2)
}

// ended tells how long a session lasted; a steady one starts the waits anew.
func (b *backoff) ended(lasted time.Duration) {
	b.denied = time.Time{}
	if lasted >= steadyAfter {
		b.ceiling = 0
	}
}

// lags reports whether err may only mean that permission lags behind the plug:
// then the next attempt comes after minWait, and nothing is worth telling yet.
func (b *backoff) lags(err error, now time.Time) bool {
	if !errors.Is(err, fs.ErrPermission) {
		b.denied = time.Time{}
		return false
	}
	if b.denied.IsZero() {
		b.denied = now
	}
	return now.Sub(b.denied) < permissionLag
}
