package terminal

import (
	"fmt"
	"sync"
	"time"
)

// UnderWay is how much of something is left and how fast it goes: entries that
// headquarters does not have, rows of its feed that the till does not have.
type UnderWay struct {
	Left      int       `json:"left"`
	PerSecond int       `json:"per_second"` // over the last half minute or more
	DoneAt    time.Time `json:"done_at"`    // at that rate
}

// throughput is how fast something comes through. It is counted from a mark that is
// half a minute to a minute back, so that it follows the network and does not jump.
type throughput struct {
	mu           sync.Mutex
	done         int
	last         time.Time
	before, mark passMark
}

type passMark struct {
	at   time.Time
	done int
}

const (
	rateWindow = 30 * time.Second
	// ratePause is how long nothing came through where what follows is counted anew.
	ratePause = 10 * time.Second
	// fewLeft is what one message carries: of no more nobody needs to be told.
	fewLeft = 500
)

// passed notes that so many came through.
func (r *throughput) passed(n int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last) > ratePause {
		// What comes now took a time that nobody measured.
		r.mark = passMark{now, r.done + n}
		r.before = r.mark
	}
	r.done, r.last = r.done+n, now
	if now.Sub(r.mark.at) > rateWindow {
		r.before, r.mark = r.mark, passMark{now, r.done}
	}
}

// of says how so many come through; nil where they are few, or none does.
func (r *throughput) of(left int, now time.Time) *UnderWay {
	r.mu.Lock()
	defer r.mu.Unlock()
	took, done := r.last.Sub(r.before.at), r.done-r.before.done
	if left <= fewLeft || now.Sub(r.last) > ratePause || took <= 0 || done <= 0 {
		return nil
	}
	rest := time.Duration(float64(took) / float64(done) * float64(left)) // an estimate
	return &UnderWay{Left: left, PerSecond: int(float64(done) / took.Seconds()), DoneAt: now.Add(rest).Truncate(time.Second)}
}

// Words tell it to people, behind what is under way.
func (s *UnderWay) Words() string {
	return fmt.Sprintf("%d left, %d a second, done at about %s", s.Left, s.PerSecond, s.DoneAt.Local().Format(time.DateTime))
}
