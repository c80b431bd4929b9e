package checkout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

type finder func(ctx context.Context, account ledger.AccountID, sealed []byte) error

func (f finder) LookUp(ctx context.Context, account ledger.AccountID, sealed []byte) error {
	return f(ctx, account, sealed)
}

// A card that nobody here has is looked up at headquarters, sealed and within its
// budget; whoever is known here is not. What is not answered in time is not waited for,
// and she is unknown.
func TestLookUp(t *testing.T) {
	const card = "2912345678901"
	p := newPOS(t)
	bo := p.NewAccount()
	asked := 0
	answer := func() error { return context.DeadlineExceeded }
	p.Finder = finder(func(ctx context.Context, account ledger.AccountID, sealed []byte) error {
		asked++
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 300*time.Millisecond {
			t.Errorf("asked until %v", deadline)
		}
		if !account.IsZero() || p.Person(sealed).Card != card {
			t.Errorf("asked for account %s, %d bytes sealed", account, len(sealed))
		}
		return answer()
	})
	if _, err := p.IdentifyCard(t.Context(), card); !errors.Is(err, loyalty.ErrUnknownMember) || asked != 1 {
		t.Errorf("not answered: asked %d times, %v", asked, err)
	}
	p.must(p.basket("s1", 9999)) // ana is known here
	answer = func() error { return nil }
	if _, err := p.IdentifyCard(t.Context(), card); !errors.Is(err, loyalty.ErrUnknownMember) || asked != 2 {
		t.Errorf("nobody's: asked %d times, %v", asked, err)
	}
	answer = func() error { p.Give(bo, 300, card); return nil }
	if m, err := p.IdentifyCard(t.Context(), card); err != nil || m.Account != bo || asked != 3 {
		t.Errorf("found: asked %d times, %+v, %v", asked, m, err)
	}
	if _, err := p.IdentifyCard(t.Context(), card); err != nil || asked != 3 {
		t.Errorf("known: asked %d times, %v", asked, err)
	}
}
