package terminal

import (
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// reading is how far a till is with the store's feed, which has all its members: at
// the first start, and after its directory was lost.
type reading struct {
	rate throughput

	mu       sync.Mutex
	position ledger.Position
	left     int
	long     bool      // so many are left that the diary tells of it
	told     time.Time // when the diary last did
}

const (
	// LongRead are so many rows that reading them takes seconds.
	LongRead = 20_000
	tellRead = 30 * time.Second
)

// page notes that the feed was read up to a position, of the last there is, and
// tells the diary of a long read: its beginning, every half minute, and its end.
func (r *reading) page(upTo, last ledger.Position, log zerolog.Logger, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if upTo > r.position {
		r.rate.passed(int(upTo-r.position), now)
	}
	r.position, r.left = upTo, int(max(0, last-upTo))
	switch {
	case !r.long && r.left > LongRead:
		r.long, r.told = true, now
		log.Info().Int("left", r.left).Msg("members are read from headquarters")
	case r.long && r.left == 0:
		r.long = false
		log.Info().Msg("all members were read from headquarters")
	case r.long && now.Sub(r.told) >= tellRead:
		r.told = now
		log.Info().Int("left", r.left).Msg("members are read from headquarters")
	}
}

// underWay says how the read goes; nil where little is left.
func (r *reading) underWay(now time.Time) *UnderWay {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rate.of(r.left, now)
}
