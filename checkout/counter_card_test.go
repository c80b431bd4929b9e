package checkout_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// noCard is a card that nobody has.
const noCard = "2912000000004"

// A card that nobody has is offered to whoever is served. ENROLL makes it hers:
// she is found by it at once, and presents it from the next sale on.
func TestAddCard(t *testing.T) {
	l := newScanLane(t)
	l.scan(noCard)
	l.shows("Card not known", "Key her phone first")
	l.key(ana + "=")
	l.scan(noCard)
	l.shows("Add card ...0004?", "ENROLL / CLEAR")
	l.key("N")
	l.shows("***4567   700 points", "Card added")
	l.key("1999=")
	l.shows("Earned           +19", "Balance          719")
	l.scan(noCard)
	l.shows("***4567   719 points", "Amount, then ENTER")
	l.key("100=")
	l.shows("Earned            +1", "Balance          720")
	for i, want := range []ledger.Proof{ledger.Claimed, ledger.Presented} {
		if got := l.sales()[i].Proof; got != want {
			t.Errorf("sale %d with proof %s, want %s", i, got, want)
		}
	}
	profiles := l.entries(ledger.Profile)
	if len(profiles) != 1 || profiles[0].Proof != ledger.Claimed || profiles[0].Subject != l.sales()[0].Subject {
		t.Fatalf("profiles %+v", profiles)
	}
	entries, attachments := l.till.Journal()
	for i, a := 0, 0; i < len(entries); i++ {
		if entries[i].Attachment.IsZero() {
			continue
		}
		if entries[i].Kind == ledger.Profile && l.till.Person(attachments[a]) != (ledger.Person{Card: noCard}) {
			t.Error("headquarters is told something else than her card")
		}
		a++
	}
	if len(l.failed) > 0 {
		t.Errorf("failed: %v", l.failed)
	}
}

// Whatever is done but ENROLL leaves the card, and does what it does without.
func TestLeaveCard(t *testing.T) {
	type step struct{ keys, scan, upper, lower string }
	for _, c := range []step{
		{"<", "", "***4567   700 points", "Amount, then ENTER"},
		{"=", "", "***4567   700 points", "Amount, then ENTER"},
		{"19", "", "***4567   700 points", "Amount          0.19"},
		{"x", "", "Corner Shop", "Phone, then ENTER"},
		{"R", "", "Reward         -5.00", "Amount, then ENTER"},
		{"", anaCard, "***4567   700 points", "Card read"},
		{"", bobCard, "***4567   700 points", "Another: CANCEL 1st"},
		{"", "5901234123457", "***4567   700 points", "Product: use POS"},
		{"", noCard, "Add card ...0004?", "ENROLL / CLEAR"},
	} {
		t.Run(c.keys+c.scan, func(t *testing.T) {
			l := newScanLane(t)
			l.key(ana + "=")
			l.scan(noCard)
			l.shows("Add card ...0004?", "ENROLL / CLEAR")
			l.Misscanned(l.till.Clock.Now())
			l.shows("Add card ...0004?", "ENROLL / CLEAR")
			l.key(c.keys)
			if c.scan != "" {
				l.scan(c.scan)
			}
			l.shows(c.upper, c.lower)
			if c.scan != noCard {
				l.key("N")
			}
			if n := len(l.entries(ledger.Profile)); n != 0 {
				t.Errorf("%d profiles", n)
			}
		})
	}
}

// A card that could not be saved may stand: the next ENROLL is the same entry.
func TestAddCardAgain(t *testing.T) {
	l := newScanLane(t)
	l.key(ana + "=")
	var tried []ledger.EntryID
	disk := &fault{Store: l.till.Store, append: func(r ledger.Record) error {
		tried = append(tried, r.Entry.ID)
		return errDisk
	}}
	l.till.Till.Store = disk
	l.scan(noCard)
	l.key("N")
	l.shows("Not saved: ENROLL", "or call the manager")
	disk.append = nil
	l.key("N")
	l.shows("***4567   700 points", "Card added")
	if p := l.entries(ledger.Profile); len(p) != 1 || len(tried) != 1 || p[0].ID != tried[0] || len(l.failed) != 1 {
		t.Errorf("%d profiles, %d tries, %d failures", len(p), len(tried), len(l.failed))
	}
}

// A card has one member: given again to her nothing is written, to another it
// is refused, whatever was found when it was offered.
func TestAddCardTaken(t *testing.T) {
	l := newScanLane(t)
	ctx := context.Background()
	now := l.till.Clock.Now()
	her, _, err := l.till.Identify(ctx, ana)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.till.AddCard(ctx, now, l.till.NewEntry(), checkout.Who{Account: her.Account, Proof: ledger.Claimed}, anaCard); err != nil {
		t.Error(err)
	}
	err = l.till.AddCard(ctx, now, l.till.NewEntry(), checkout.Who{Account: her.Account, Proof: ledger.Claimed}, bobCard[7:])
	if !errors.Is(err, checkout.ErrCardTaken) {
		t.Errorf("bob's card: %v", err)
	}
	if n := len(l.entries(ledger.Profile)); n != 0 {
		t.Errorf("%d profiles", n)
	}
	l.key(ana + "=")
	l.scan(noCard)
	bobs, _, err := l.till.Identify(ctx, bob)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.till.AddCard(ctx, now, l.till.NewEntry(), checkout.Who{Account: bobs.Account, Proof: ledger.Claimed}, noCard); err != nil {
		t.Fatal(err)
	}
	l.key("N")
	l.shows("***4567   700 points", "Another: CANCEL 1st")
	l.key("100=")
	if sales := l.sales(); len(sales) != 1 || sales[0].Proof != ledger.Claimed {
		t.Errorf("%d sales", len(sales))
	}
}
