package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// sending is how a backlog drains: more than a batch of entries that headquarters
// does not have, while they are being sent.
type sending struct {
	Left      int       `json:"left"`       // entries
	PerSecond int       `json:"per_second"` // over the last half minute or more
	DoneAt    time.Time `json:"done_at"`    // at that rate
}

// sendRate is how fast entries go out. It is counted from a mark that is half a
// minute to a minute back, so that it follows the network and does not jump.
type sendRate struct {
	mu           sync.Mutex
	sent         int
	last         time.Time // of the last batch
	before, mark sendMark
}

type sendMark struct {
	at   time.Time
	sent int
}

const (
	rateWindow = 30 * time.Second
	// ratePause is how long nothing went out where what follows is counted anew.
	ratePause = 10 * time.Second
)

// pushed notes that a batch went out.
func (r *sendRate) pushed(entries int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last) > ratePause {
		// What went out with this batch took a time that nobody measured.
		r.mark = sendMark{now, r.sent + entries}
		r.before = r.mark
	}
	r.sent, r.last = r.sent+entries, now
	if now.Sub(r.mark.at) > rateWindow {
		r.before, r.mark = r.mark, sendMark{now, r.sent}
	}
}

// of says how so many unsent entries drain; nil where they are few, or do not.
func (r *sendRate) of(unsent int, now time.Time) *sending {
	r.mu.Lock()
	defer r.mu.Unlock()
	took := r.last.Sub(r.before.at)
	if unsent <= wire.MaxBatchEntries || now.Sub(r.last) > ratePause || took <= 0 {
		return nil
	}
	sent := r.sent - r.before.sent
	left := time.Duration(float64(took) / float64(sent) * float64(unsent)) // of no balance: an estimate
	return &sending{Left: unsent, PerSecond: int(float64(sent) / took.Seconds()), DoneAt: now.Add(left).Truncate(time.Second)}
}

// words tell it to people.
func (s *sending) words() string {
	return fmt.Sprintf("sending: %d left, %d a second, done at about %s", s.Left, s.PerSecond, s.DoneAt.Local().Format(time.DateTime))
}
