package staff

import (
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Check returns the operator whose PIN it is. A wrong one is ErrWrongPIN, and
// too many of them in a row are a *pin.TooManyTries, also under an id that is nobody's.
func (b *Book) Check(now time.Time, id string, keyed pin.PIN) (Operator, error) {
	return b.check(now, id, keyed, func(*content) {})
}

// SignOn makes the operator whose PIN it is the one on duty, until another is or
// SignOff, also through a restart.
func (b *Book) SignOn(now time.Time, id string, keyed pin.PIN) (Operator, error) {
	return b.check(now, id, keyed, func(c *content) { c.SignedOn = id })
}

// check counts a try where it is kept, judges it, and where it was right takes
// the count back and does what it was for.
func (b *Book) check(now time.Time, id string, keyed pin.PIN, right func(*content)) (Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tried, err := b.try(now, id)
	if err == ErrNoOperator {
		if err := b.strangers.try(now, b.keyed("stranger", []byte(id))); err != nil {
			return Operator{}, err
		}
		pin.Make(b.pepper(id, keyed)) // takes the time that a wrong PIN does
		return Operator{}, ErrWrongPIN
	}
	if err != nil {
		return Operator{}, err
	}
	h, err := pin.Read(tried.PIN)
	if err != nil {
		return Operator{}, err
	}
	if !h.Is(b.pepper(id, keyed)) {
		if b.WrongPIN != nil {
			b.WrongPIN(id, tried.Failed)
		}
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
		if _, err := pin.Read(r.PIN); err != nil {
			return err
		}
		if wait := r.wait(now); wait > 0 {
			return &pin.TooManyTries{Wait: wait}
		}
		r.Failed, r.At = r.Failed+1, ledger.MillisOf(now)
		tried = *r
		return nil
	})
	return tried, err
}

// freeTries may be wrong, the last of them with a wait behind it.
const freeTries = 3

// wait is how long nothing is tried for an operator.
func (r *Record) wait(now time.Time) time.Duration {
	return pin.Tries{Failed: r.Failed, Last: r.At.Time(), Free: freeTries}.Wait(now)
}

// Wait is how long nothing is tried for an operator.
func (b *Book) Wait(now time.Time, id string) time.Duration {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return max(0, c.Staff[i].wait(now))
	}
	return 0
}
