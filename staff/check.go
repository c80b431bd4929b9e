package staff

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Check returns the operator whose PIN it is. A wrong one is ErrWrongPIN, and
// too many of them in a row are a *TooManyTries.
func (b *Book) Check(now time.Time, id string, pin PIN) (Operator, error) {
	return b.check(now, id, pin, func(*content) {})
}

// SignOn makes the operator whose PIN it is the one on duty, until another is or
// SignOff, also through a restart.
func (b *Book) SignOn(now time.Time, id string, pin PIN) (Operator, error) {
	return b.check(now, id, pin, func(c *content) { c.SignedOn = id })
}

// check counts a try where it is kept, judges it, and where it was right takes
// the count back and does what it was for.
func (b *Book) check(now time.Time, id string, pin PIN, right func(*content)) (Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tried, err := b.try(now, id)
	if err == ErrNoOperator {
		hashPIN(b.pepper(id, pin)) // takes the time that a wrong PIN does
		return Operator{}, ErrWrongPIN
	}
	if err != nil {
		return Operator{}, err
	}
	h, err := parseHash(tried.PIN)
	if err != nil {
		return Operator{}, err
	}
	if !h.is(b.pepper(id, pin)) {
		return Operator{}, ErrWrongPIN
	}
	return tried.Operator, b.changeLocked(func(c *content) error {
		i := c.index(id)
		if i < 0 || c.Staff[i].PIN != tried.PIN { // changed by another meanwhile
			return ErrWrongPIN
		}
		c.Staff[i].Failed, c.Staff[i].At = 0, 0
		right(c)
		return nil
	})
}

// try counts one and gives the operator as she stood.
func (b *Book) try(now time.Time, id string) (tried Record, err error) {
	err = b.changeLocked(func(c *content) error {
		i := c.index(id)
		if i < 0 {
			return ErrNoOperator
		}
		r := &c.Staff[i]
		if _, err := parseHash(r.PIN); err != nil {
			return err
		}
		if wait := r.wait(now); wait > 0 {
			return &TooManyTries{wait}
		}
		r.Failed, r.At = r.Failed+1, ledger.MillisOf(now)
		tried = *r
		return nil
	})
	return tried, err
}

// wait is how long nothing is tried for an operator. A clock set back makes it
// no longer than it was meant to be.
func (r *Record) wait(now time.Time) time.Duration {
	all := waitAfter(r.Failed)
	return min(all, r.At.Time().Add(all).Sub(now))
}

// Wait is how long nothing is tried for an operator.
func (b *Book) Wait(now time.Time, id string) time.Duration {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return max(0, c.Staff[i].wait(now))
	}
	return 0
}
