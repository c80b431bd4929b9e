package terminal

import (
	"sync/atomic"
	"time"
)

// walkingEvery is how often the diary says that numbers are looked up too fast.
const walkingEvery = 10 * time.Minute

// rarely lets the same words through once in a while. Its zero value lets the next
// through.
type rarely struct{ last atomic.Pointer[time.Time] }

func (s *rarely) now(now time.Time, every time.Duration) bool {
	last := s.last.Load()
	return (last == nil || now.Sub(*last) >= every) && s.last.CompareAndSwap(last, &now)
}

// walked writes into the diary that somebody looks numbers up faster than customers
// come. Whose they are stands nowhere.
func (t *Terminal) walked() {
	if t.walking.now(time.Now(), walkingEvery) {
		t.log.Warn().Str("do", "see who calls the API, or who stands at the POS; give the POS another token").
			Msg("numbers are looked up faster than customers come: lookups are refused")
	}
}
