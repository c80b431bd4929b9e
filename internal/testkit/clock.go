package testkit

import (
	"sync/atomic"
	"time"
)

// Noon is when clocks begin: a Sunday, at noon in Istanbul.
var Noon = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Clock is a clock that tests set. It has no monotonic reading.
type Clock struct{ at atomic.Int64 }

// NewClock returns a clock that stands at Noon.
func NewClock() *Clock {
	c := &Clock{}
	c.at.Store(Noon.UnixMilli())
	return c
}

// Now is the present time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.at.Load()) }

// Advance moves the clock, also backwards.
func (c *Clock) Advance(d time.Duration) { c.at.Add(d.Milliseconds()) }
