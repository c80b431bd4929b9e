package sync_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// pinned is a chain of two stores, with two tills in the first and one in the second,
// and a member who is known to all of them.
type pinned struct {
	*mall
	a, b, c *testkit.Enrolled
	account ledger.AccountID
}

func newPinned(t *testing.T) *pinned {
	t.Helper()
	p := &pinned{mall: newMall(t)}
	p.a, p.b, p.c = p.tillAt("s1"), p.tillAt("s1"), p.tillAt("s3")
	number, err := phone.Parse(e164, "TR")
	p.must(err)
	p.account = p.a.NewAccount()
	p.must(p.a.Till.Enroll(context.Background(), p.Clock.Now(), p.a.NewEntry(), p.account, number, ""))
	p.all()
	return p
}

// all lets everybody hear of everything.
func (p *pinned) all() {
	p.t.Helper()
	p.settleBoth(p.a, p.b, p.c)
}

func (p *pinned) set(e *testkit.Enrolled, digits string, proof ledger.Proof) error {
	keyed, err := pin.Parse(digits)
	p.must(err)
	_, err = e.SetPIN(context.Background(), p.Clock.Now(), e.NewEntry(), checkout.NewPIN{
		Who: checkout.Who{Account: p.account, Proof: proof}, PIN: keyed,
	})
	return err
}

// keyed wants what a till says of digits that she keys.
func (p *pinned) keyed(when string, e *testkit.Enrolled, digits string, want error) {
	p.t.Helper()
	keyed, err := pin.Parse(digits)
	p.must(err)
	p.Clock.Advance(time.Hour) // whatever wait there was is over
	err = e.Store.CheckPIN(context.Background(), p.Clock.Now(), p.account, ledger.MemberID(p.account), keyed)
	if !errors.Is(err, want) {
		p.t.Errorf("%s: %v, want %v", when, err, want)
	}
}

// A PIN that is set at one till is known at those of its store, offline, and at another
// store's from the day on which she shops there. The later one holds everywhere.
func TestPINTravels(t *testing.T) {
	p := newPinned(t)
	p.must(p.set(p.a, "2580", ledger.Presented))
	p.keyed("at once, where she set it", p.a, "2580", nil)
	p.keyed("before anybody heard", p.b, "2580", pin.ErrNone)
	p.all()
	for _, e := range []*testkit.Enrolled{p.a, p.b} {
		p.keyed("in her store", e, "2580", nil)
		p.keyed("in her store", e, "2581", pin.ErrWrong)
	}
	p.keyed("where she never was", p.c, "2580", pin.ErrNone)
	p.sell(p.c, 100)
	p.all()
	p.keyed("where she was once", p.c, "2580", nil)

	p.must(p.set(p.b, "8520", ledger.Verified))
	p.all()
	for _, e := range []*testkit.Enrolled{p.a, p.b, p.c} {
		p.keyed("after another", e, "8520", nil)
		p.keyed("after another", e, "2580", pin.ErrWrong)
	}
	p.clean("after all", p.a, p.b, p.c)
}

// Whoever has her card goes to a till that knows no PIN of hers and sets one: that is
// taken nowhere else, a person is told, and her own holds there too once that till hears.
func TestPINOfFoundCard(t *testing.T) {
	p := newPinned(t)
	p.must(p.set(p.a, "2580", ledger.Presented))
	p.all()
	p.must(p.set(p.c, "8520", ledger.Presented))
	p.keyed("until it is heard of", p.c, "8520", nil)
	p.sell(p.c, 100)
	p.all()
	for _, e := range []*testkit.Enrolled{p.a, p.b, p.c} {
		p.keyed("then", e, "2580", nil)
		p.keyed("then", e, "8520", pin.ErrWrong)
	}
	if told := p.Told(event.PIN); len(told) != 1 {
		t.Errorf("told: %+v", told)
	}
	if err := p.set(p.b, "8520", ledger.Presented); !errors.As(err, new(*checkout.ApprovalNeeded)) {
		t.Errorf("with her card alone, where her PIN is known: %v", err)
	}
}

// What is kept of a PIN goes with who set it, out of every file; none of them had what
// one could try digits at without a key.
func TestPINErased(t *testing.T) {
	p := newPinned(t)
	p.must(p.set(p.a, "2580", ledger.Presented))
	p.must(p.a.Store.CheckPIN(context.Background(), p.Clock.Now(), p.account, ledger.MemberID(p.account), parsedPIN(t, "2580")))
	p.all()
	p.keyed("before", p.b, "2580", nil)
	p.keyed("before", p.b, "2581", pin.ErrWrong)
	folders := []string{p.Dir, p.a.Options.Dir, p.b.Options.Dir, p.c.Options.Dir}
	if !bytes.Contains(everyByte(t, folders...), []byte("$argon2id$")) {
		t.Fatal("before, no file has her PIN: what is looked for is no trace")
	}
	p.erase(e164)
	p.all()
	p.unknown("after", e164, p.a, p.b, p.c)
	for _, e := range []*testkit.Enrolled{p.a, p.b, p.c} {
		p.keyed("after", e, "2580", pin.ErrNone)
	}
	for _, folder := range folders {
		if bytes.Contains(everyByte(t, folder), []byte("$argon2id$")) {
			t.Errorf("%s has her PIN", folder)
		}
	}
	p.clean("after", p.a, p.b, p.c)
}

func parsedPIN(t testing.TB, digits string) pin.PIN {
	t.Helper()
	keyed, err := pin.Parse(digits)
	if err != nil {
		t.Fatal(err)
	}
	return keyed
}
