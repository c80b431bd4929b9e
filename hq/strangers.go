package hq

import (
	"fmt"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till may ask for a number that its store never met as often as a counter has
// strangers, and no more: who steals one must not have headquarters tell of one number of
// a country after another what else only the stores where she buys are told. That she is a
// member the till's own directory says, to whoever has its lookup key. Each process counts
// what it is asked.
const (
	strangersAtOnce = 240
	strangerEvery   = 30 * time.Second
)

// strangers are what is left to terminals of such questions.
type strangers struct {
	mu   sync.Mutex
	left map[ledger.TerminalID]allowance
}

type allowance struct {
	left int
	at   ledger.Millis // up to when it was made up for
	told bool          // that there is none left
}

// take takes one question of a terminal; first says that there is none left, and was
// when it last asked.
func (s *strangers) take(of ledger.TerminalID, now ledger.Millis) (ok, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, asked := s.left[of]
	if !asked || now < a.at { // the clock was set back
		a = allowance{left: strangersAtOnce, at: now}
	}
	every := ledger.Millis(strangerEvery.Milliseconds())
	came := (now - a.at) / every
	a.at += came * every
	if a.left = int(min(strangersAtOnce, ledger.Millis(a.left)+came)); a.left == strangersAtOnce {
		a.told = false
	}
	if ok = a.left > 0; ok {
		a.left--
	}
	first = !ok && !a.told
	a.told = a.told || first
	if s.left == nil {
		s.left = map[ledger.TerminalID]allowance{}
	}
	s.left[of] = a
	return ok, first
}

// mayAskFor refuses a terminal that asks for too many numbers.
func (h *Headquarters) mayAskFor(from ledger.TerminalID, whom Whom, now ledger.Millis) error {
	if whom.Phone == "" && whom.Card == "" { // ids are not guessed
		return nil
	}
	ok, first := h.strangers.take(from, now)
	if ok {
		return nil
	}
	if first {
		h.notify(event.Event{What: event.Strangers, Terminal: from, Reason: fmt.Sprintf("more than %d at once, and one each %s", strangersAtOnce, strangerEvery)})
	}
	refusal := wire.Refuse(wire.CodeBusy, "too many numbers that the store never met were asked for")
	refusal.RetryAfter = strangerEvery
	return refusal
}
