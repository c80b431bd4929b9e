package checkout_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// lookUp asks for numbers until one is refused, and says how many were not.
func (p *pos) lookUp(operator string, from, most int) (answered int) {
	p.t.Helper()
	for i := range most {
		_, _, err := p.Lookup(p.t.Context(), p.Clock.Now(), operator, fmt.Sprintf("0532 765 %04d", from+i))
		var many *checkout.TooManyLookups
		if errors.As(err, &many) {
			return i
		}
		if !errors.Is(err, loyalty.ErrUnknownMember) {
			p.t.Fatal(err)
		}
	}
	return most
}

// A till that serves people is never told to wait, whoever its requests name:
// what is sold, taken back or enrolled makes room, and only who walks through
// numbers runs out.
func TestLookupsOfServing(t *testing.T) {
	for _, c := range []struct{ asks, sells string }{{"", ""}, {"7", "7"}, {"", "7"}, {"7", ""}} {
		t.Run("asks "+c.asks+" sells "+c.sells, func(t *testing.T) {
			p := newPOS(t)
			for round := range 3 {
				p.Clock.Advance(time.Minute)
				if n := p.lookUp(c.asks, 100*round, 20); n != 20 {
					t.Fatalf("round %d: refused after %d", round, n)
				}
				b := p.basket(fmt.Sprint("s", round), 1999)
				b.Operator = c.sells
				sold := p.must(b).Entry
				if n := p.lookUp(c.asks, 100*round+50, 20); n != 20 {
					t.Fatalf("after sale %d: refused after %d", round, n)
				}
				back := checkout.Taking{Entry: p.NewEntry(), Of: ledger.SaleRef{Day: sold.Day, ID: sold.Sale.ID}, Operator: c.sells}
				if _, err := p.Void(t.Context(), p.Clock.Now(), back); err != nil {
					t.Fatal(err)
				}
			}
			if n := p.lookUp(c.asks, 1000, 99); n != 20 {
				t.Errorf("of 99 numbers %d were answered, want 20", n)
			}
		})
	}
}

// Taking people in is no walking through numbers; asking for those who are in
// already is.
func TestLookupsOfEnrolling(t *testing.T) {
	p := newPOS(t)
	join := func(id, i int) error {
		_, _, err := p.Join(t.Context(), p.Clock.Now(), checkout.Joining{Asked: fmt.Sprint(id), Phone: fmt.Sprintf("0532 765 %04d", i)})
		return err
	}
	for i := range 50 {
		if err := join(i, i); err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
	}
	var many *checkout.TooManyLookups
	for i := range 21 {
		if err := join(1000+i, i); errors.As(err, &many) != (i == 20) {
			t.Fatalf("asked for %d: %v", i, err)
		}
	}
}

// However many numbers were looked up, a customer who wants to join is taken in, and
// the same request again gets her; whoever is in already was asked for.
func TestLookupsRefuseNobodyWhoEnrolls(t *testing.T) {
	p := newPOS(t)
	if n := p.lookUp("", 0, 99); n != 20 {
		t.Fatalf("refused after %d", n)
	}
	her := checkout.Joining{Asked: "new", Phone: "0532 765 9999"}
	for range 2 {
		if _, joined, err := p.Join(t.Context(), p.Clock.Now(), her); err != nil || !joined {
			t.Fatalf("joined %v: %v", joined, err)
		}
	}
	_, _, err := p.Join(t.Context(), p.Clock.Now(), checkout.Joining{Asked: "other", Phone: ana})
	var many *checkout.TooManyLookups
	if !errors.As(err, &many) {
		t.Errorf("a number that is known: %v", err)
	}
}

// Whoever walks through the phone book is slowed down, whichever operators she makes
// up and however many sales she makes in between; a shop with a customer every four
// seconds, each asked for three times, never is.
func TestPhoneBook(t *testing.T) {
	p := newPOS(t)
	answered := 0
	for i := range 10_000 {
		p.Clock.Advance(6 * time.Millisecond)
		answered += p.lookUp(fmt.Sprint("operator", i%50), i, 1)
		if i%500 == 0 {
			p.must(p.basket(fmt.Sprint("s", i), 1999))
		}
	}
	if answered < 100 || answered > 135 {
		t.Errorf("of 10,000 numbers in a minute %d were answered", answered)
	}
	p.Clock.Advance(5 * time.Minute)
	for i := range 1800 {
		p.Clock.Advance(4 * time.Second)
		for range 3 {
			if p.lookUp("", i, 1) != 1 {
				t.Fatalf("customer %d of a busy shop is refused", i)
			}
		}
		if i%15 == 0 {
			p.must(p.basket(fmt.Sprint("t", i), 1999))
		}
	}
}

// A counter that sells to everybody it looks up is never told to wait, however busy
// it is; one that sells now and then is.
func TestBusyCounter(t *testing.T) {
	busy, asking := newPOS(t), newPOS(t)
	answered := 0
	for i := range 300 {
		if n := busy.lookUp("", i, 1); n != 1 {
			t.Fatalf("customer %d is not looked up", i)
		}
		busy.must(busy.basket(fmt.Sprint("s", i), 1999))
		answered += asking.lookUp("", i, 1)
		if i%15 == 0 {
			asking.must(asking.basket(fmt.Sprint("s", i), 1999))
		}
	}
	if answered > 150 {
		t.Errorf("%d of 300 numbers were answered to who sells to one in fifteen", answered)
	}
}
