package sync_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

const (
	anaCard = "2912345678906"
	bobE164 = "+905059876543"
)

// enrollAt takes a number in at a till.
func (w *world) enrollAt(e *testkit.Enrolled, typed string) ledger.AccountID {
	w.t.Helper()
	number, err := phone.Parse(typed, "TR")
	w.must(err)
	account := e.NewAccount()
	w.must(e.Till.Enroll(context.Background(), w.Clock.Now(), e.NewEntry(), account, number, ""))
	return account
}

func (w *world) addCard(e *testkit.Enrolled, account ledger.AccountID) {
	w.t.Helper()
	w.must(e.AddCard(context.Background(), w.Clock.Now(), e.NewEntry(), checkout.Who{Account: account, Proof: ledger.Claimed}, anaCard))
}

// holder is whom a till finds by the card; zero where nobody.
func (w *world) holder(e *testkit.Enrolled) ledger.AccountID {
	w.t.Helper()
	member, err := e.IdentifyCard(context.Background(), anaCard)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return ledger.AccountID{}
	}
	w.must(err)
	return member.Account
}

func (w *world) whole(tills ...*testkit.Enrolled) {
	w.t.Helper()
	ctx := context.Background()
	found, err := findings(w.Fsck(ctx, nil))
	w.must(err)
	for _, f := range found {
		w.t.Errorf("headquarters: %v", f)
	}
	for _, e := range tills {
		report, err := e.Store.Verify(ctx, nil)
		w.must(err)
		for _, f := range report.Findings {
			w.t.Errorf("till: %v", f)
		}
	}
}

// A card that one till gives a member is known to the other after the exchange,
// and she earns by it there.
func TestCard(t *testing.T) {
	w := newWorld(t)
	a, b := w.till(), w.till()
	ana := w.enrollAt(a, e164)
	w.addCard(a, ana)
	if got := w.holder(a); got != ana {
		t.Errorf("before the exchange till 1 finds %s", got)
	}
	if got := w.holder(b); !got.IsZero() {
		t.Errorf("before the exchange till 2 finds %s", got)
	}
	w.drain(a)
	w.pull(a)
	w.pull(b)
	for _, e := range []*testkit.Enrolled{a, b} {
		if got := w.holder(e); got != ana {
			t.Errorf("after the exchange: %s, want ana", got)
		}
	}
	completed, err := b.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: b.NewEntry(), SaleID: "s1", Currency: "TRY",
		Lines: []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}},
		Who:   checkout.Who{Account: ana, Proof: ledger.Presented},
	})
	w.must(err)
	if completed.Entry.Subject != ledger.SubjectOf(ana) {
		t.Errorf("sold to %s", completed.Entry.Subject)
	}
	w.drain(b)
	w.pull(a)
	w.whole(a, b)
}

// Two tills give one card to two members without a network: whoever reaches
// headquarters first has it everywhere, and the other till lets go of it.
func TestCardOfTwo(t *testing.T) {
	w := newWorld(t)
	a, b := w.till(), w.till()
	ana, bob := w.enrollAt(a, e164), w.enrollAt(b, bobE164)
	w.addCard(a, ana)
	w.addCard(b, bob)
	if w.holder(a) != ana || w.holder(b) != bob {
		t.Fatal("each till finds its own before the exchange")
	}
	w.drain(b)
	w.pull(b)
	w.drain(a)
	w.pull(a)
	w.pull(b)
	for i, e := range []*testkit.Enrolled{a, b} {
		if got := w.holder(e); got != bob {
			t.Errorf("till %d finds %s, want bob", i+1, got)
		}
		for typed, want := range map[string]ledger.AccountID{e164: ana, bobE164: bob} {
			if m, _, err := e.Identify(context.Background(), typed); err != nil || m.Account != want {
				t.Errorf("till %d finds %s by a number, %v", i+1, m.Account, err)
			}
		}
	}
	w.whole(a, b)
}
