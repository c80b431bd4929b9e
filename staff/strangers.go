package staff

import (
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
)

// mostStrangers bounds the memory. Whoever would have one forgotten by trying as many
// other ids waits minutes for the hashes.
const mostStrangers = 10_000

// strangers are the tries under ids that are nobody's, by the keyed hash of the id.
// They wait as an operator does, so that no answer tells which ids are somebody's. A
// restart forgets them: there is nothing in them to protect.
type strangers map[[32]byte]pin.Tries

// try counts one; where it is too early it says how long to wait instead.
func (s strangers) try(now time.Time, id [32]byte) error {
	t := s[id]
	t.Free = freeTries
	if wait := t.Wait(now); wait > 0 {
		return &pin.TooManyTries{Wait: wait}
	}
	if len(s) >= mostStrangers && t.Failed == 0 {
		s.forget()
	}
	t.Failed, t.Last = t.Failed+1, now
	s[id] = t
	return nil
}

// forget drops the one that was tried longest ago.
func (s strangers) forget() {
	var oldest [32]byte
	var last time.Time
	for id, t := range s {
		if last.IsZero() || t.Last.Before(last) {
			oldest, last = id, t.Last
		}
	}
	delete(s, oldest)
}
