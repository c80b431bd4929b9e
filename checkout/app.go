package checkout

import (
	"context"
	"errors"
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

var (
	// ErrAppUsed says that a member's app showed this code, or a later one, here before.
	ErrAppUsed = errors.New("this code, or one after it, was shown at this till before")
	// ErrAppMoved says that a member is no longer in the account that her app's
	// certificate names.
	ErrAppMoved = errors.New("the certificate names an account that she is no longer in")
	// ErrAppClock says that no code can be judged by this till's clock.
	ErrAppClock = errors.New("this till's clock is not to be believed")
)

// IdentifyApp finds the member whose app shows a code, which proves her verified. The
// same code is taken again for what it was taken for before, and for nothing else; by
// says what that is, empty for something that asks once. Its errors are those above,
// those of package appcode, and loyalty.ErrUnknownMember.
func (t *Till) IdentifyApp(ctx context.Context, text, by string) (loyalty.Member, error) {
	code, err := appcode.Read(text)
	if err != nil {
		return loyalty.Member{}, err
	}
	now, sure := t.Store.Present()
	if !sure {
		return loyalty.Member{}, ErrAppClock
	}
	keys, err := t.headquarters(ctx)
	if err != nil {
		return loyalty.Member{}, err
	}
	if err := code.Verify(keys, now); err != nil {
		return loyalty.Member{}, err
	}
	t.introduced.forget(code.Account, code.Member) // headquarters' word says whose it is
	member, err := t.findAccount(ctx, code.Account, code.Member)
	switch {
	case err != nil:
		return loyalty.Member{}, err
	case member.ID != code.Member:
		return loyalty.Member{}, ErrAppMoved
	case !t.shown.take(&code, by, now):
		return loyalty.Member{}, ErrAppUsed
	}
	return member, nil
}

// headquarters are the keys of the till's headquarters; none where it has none.
func (t *Till) headquarters(ctx context.Context) (ledger.KeyChain, error) {
	if t.Headquarters == nil {
		return ledger.NewKeyChain(ledger.ChainID{}, nil), nil
	}
	return t.Headquarters(ctx)
}

// shownCodes are the codes that were taken here, as long as they could be again: a
// member's last one. A restart forgets them, as another till does not know them.
type shownCodes struct {
	mu   sync.Mutex
	last map[ledger.MemberID]shownCode
}

type shownCode struct {
	step  uint32
	by    string
	until ledger.Millis // when no code of the step is taken any more
}

// take reports whether a code may be taken, and notes that it was.
func (s *shownCodes) take(code *appcode.Code, by string, now ledger.Millis) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[ledger.MemberID]shownCode{}
	}
	for of, shown := range s.last {
		if now > shown.until {
			delete(s.last, of)
		}
	}
	last, known := s.last[code.Member]
	if known && code.Step <= last.step {
		return code.Step == last.step && by != "" && by == last.by
	}
	s.last[code.Member] = shownCode{code.Step, by, now.Add(appcode.Longest)}
	return true
}
