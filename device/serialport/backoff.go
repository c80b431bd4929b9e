package serialport

import (
	"math/rand/v2"
	"time"
)

const (
	minWait = 250 * time.Millisecond
	maxWait = 5 * time.Second
	// steadyAfter is how long a session lasts to be more than a loose plug
	// that makes and breaks.
	steadyAfter = 2 * maxWait
)

// backoff gives the waits between attempts to open a port: the first in
// [minWait, 2 minWait), then doubling, each drawn from the upper half of its
// range so that several ports of one hub do not come in step, none above
// maxWait.
type backoff struct {
	ceiling time.Duration
}

func (b *backoff) next() time.Duration {
	b.ceiling = min(max(2*b.ceiling, 2*minWait), maxWait)
	return b.ceiling/2 + rand.N(b.ceiling/2)
}

// ended tells how long a session lasted; a steady one starts the waits anew.
func (b *backoff) ended(lasted time.Duration) {
	if lasted >= steadyAfter {
		b.ceiling = 0
	}
}
