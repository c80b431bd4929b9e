package pin

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrWrong says that a PIN is not the one.
	ErrWrong = errors.New("wrong PIN")
	// ErrNone says that no PIN is known here to compare one with.
	ErrNone = errors.New("no PIN is known here")
)

// TooManyTries says that a PIN was keyed wrong too often; Wait is how long until the
// next try.
type TooManyTries struct{ Wait time.Duration }

func (e *TooManyTries) Error() string {
	return fmt.Sprintf("too many wrong PINs: wait %s", e.Wait.Round(time.Second))
}

const (
	// firstWait follows the first wrong one that is not free, and doubles with each up
	// to maxWait.
	firstWait = 30 * time.Second
	maxWait   = time.Hour
)

// Tries are the wrong PINs in a row that somebody keyed. They are counted where they
// are kept before a PIN is judged, so that switching off gives no free ones.
type Tries struct {
	Failed int
	Last   time.Time
	Free   int // how many may be wrong, the last of them with a wait behind it
}

// Wait is how long nothing is tried; 0 or less where it may be. A clock set back makes
// it no longer than it was meant to be.
func (t Tries) Wait(now time.Time) time.Duration {
	if t.Failed < t.Free {
		return 0
	}
	all := min(maxWait, firstWait<<min(t.Failed-t.Free, 10))
	return min(all, t.Last.Add(all).Sub(now))
}
