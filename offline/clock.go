package offline

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// backTolerance is how far behind its mark a clock may be found: time
	// services step by seconds, and nobody gains anything with five of them.
	backTolerance = 5 * time.Second
	// maxJump is how far a clock may run ahead of what can have passed before
	// headquarters is asked.
	maxJump = 24 * time.Hour
)

// clock guards against a till's clock being wrong: rights end at an instant,
// so a clock set back would keep them alive. It is a value; look and confirm
// give the next one.
type clock struct {
	mark ledger.Millis // highest time seen; only headquarters lowers it
	skew ledger.Millis // headquarters' time less ours, at the last contact
	off  bool          // found wrong, until headquarters tells the time
	seen time.Time     // our clock at the last look in this process that found it right
}

// look takes notice of what our clock says now. Where it is behind the mark,
// or ahead of it by more than a day beyond what has passed since the last
// look, it is off and the mark stays.
func (c clock) look(now time.Time) clock {
	at := ledger.MillisOf(now) + c.skew
	latest := c.mark.Add(c.passed(now) + maxJump)
	if c.off || at < c.mark.Add(-backTolerance) || at > latest {
		c.off = true
		return c
	}
	c.mark, c.seen = max(c.mark, at), now
	return c
}

// passed is what surely went by since the last look, by the monotonic clock;
// nothing where there is none, as after a restart.
func (c clock) passed(now time.Time) time.Duration {
	if !monotonic(now) || !monotonic(c.seen) {
		return 0
	}
	return max(0, now.Sub(c.seen))
}

// monotonic reports whether t has a monotonic reading, which Round strips.
func monotonic(t time.Time) bool { return t != t.Round(0) }

// confirm takes over headquarters' time: ours is measured against it from now
// on, so that a clock that is merely wrong does not keep a till from redeeming.
func (c clock) confirm(now time.Time, headquarters ledger.Millis) clock {
	return clock{mark: headquarters, skew: headquarters - ledger.MillisOf(now), seen: now}
}

// time is the time to judge rights by: never before the mark.
func (c clock) time(now time.Time) ledger.Millis {
	return max(c.mark, ledger.MillisOf(now)+c.skew)
}

// surely is the time to judge by what somebody was told: where our clock is off, as long
// after the mark as surely went by.
func (c clock) surely(now time.Time) ledger.Millis {
	if c = c.look(now); c.off {
		return c.mark.Add(c.passed(now))
	}
	return c.time(now)
}

// Present is the time by headquarters' clock, as far as ours tells it; not sure
// where ours is off, or was never compared.
func (s *Store) Present() (at ledger.Millis, sure bool) {
	x, now := *s.gate.Load(), s.opts.Now()
	return x.clock.time(now), x.contact != 0 && !x.clock.look(now).off
}

// since is the clock as the journal has it, after what this process saw: the
// journal has every word of headquarters, but not each later look.
func (c clock) since(seen clock) clock {
	if seen.skew != c.skew || seen.mark < c.mark {
		return c
	}
	seen.off = seen.off || c.off
	return seen
}
