package terminal

import (
	"testing"
	"time"
)

// How a backlog drains is said from the second batch on, follows the network, and is
// not said of few entries or while nothing goes out.
func TestUnderWay(t *testing.T) {
	var rate throughput
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	left := 100_000
	says := func(want *UnderWay) {
		t.Helper()
		got := rate.of(left, now)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("after %s: %+v, want %+v", now.Format(time.TimeOnly), got, want)
		}
	}
	drain := func(seconds, perSecond int) {
		for range seconds {
			now = now.Add(time.Second)
			rate.passed(perSecond, now)
			left -= perSecond
		}
	}
	says(nil)
	drain(1, 500)
	says(nil) // one batch says nothing of a rate
	drain(20, 1000)
	says(&UnderWay{Left: 79_500, PerSecond: 1000, DoneAt: now.Add(79*time.Second + 500*time.Millisecond).Truncate(time.Second)})
	drain(100, 500)
	says(&UnderWay{Left: 29_500, PerSecond: 500, DoneAt: now.Add(59 * time.Second)})
	now = now.Add(ratePause + time.Second)
	says(nil) // nothing goes out
	drain(1, 500)
	says(nil)
	drain(1, 100)
	says(&UnderWay{Left: 28_900, PerSecond: 100, DoneAt: now.Add(289 * time.Second)})
	left = fewLeft
	says(nil)
}
