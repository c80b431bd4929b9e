package checkout_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// router is a shop's in Turkey, with cards and badges of its own.
var router = route.Router{
	Region: "TR",
	Rules: []route.Rule{
		{Kind: route.Card, Prefix: "2912", Length: 13, CheckDigit: true},
		{Kind: route.Card, Prefix: "LOY", Length: 10},
		{Kind: route.Badge, Prefix: "29990", Length: 13, CheckDigit: true},
	},
	Hosts: []string{"id.example.org"},
}

// scan is the hand scanner, half a second after what was before; a symbology
// identifier is the code's first three characters where it begins with "]".
func (l *lane) scan(code string) {
	l.till.Clock.Advance(500 * time.Millisecond)
	code = l.numbered(code)
	var aim string
	if strings.HasPrefix(code, "]") {
		aim, code = code[:3], code[3:]
	}
	l.heard = l.Scan(context.Background(), l.till.Clock.Now(), device.Scan{AIM: aim, Data: []byte(code)})
}

const (
	anaCard = "2912345678906"
	bobCard = "]C18018520123456789012346"
	bob     = "05059876543"

	friendsCode = "PSR2Y-DVRDS"
)

// newScanLane is a lane with a scanner at it: ana and bob have a card each.
func newScanLane(t *testing.T, edits ...string) *lane {
	l := newLane(t, edits...)
	l.Scans = router
	l.till.Give(l.member(ana), 700, anaCard)
	l.till.Give(l.member(bob), 30, bobCard[7:])
	return l
}

// What is scanned in each state, and what the display says to it.
func TestScans(t *testing.T) {
	type step struct{ keys, scan, upper, lower string }
	for _, c := range []struct {
		name  string
		setup func(*lane)
		steps []step
		proof ledger.Proof // of the one sale; none where empty
	}{
		{name: "a card instead of digits", proof: ledger.Presented, steps: []step{
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"1999=", "", "Earned           +19", "Balance          719"},
		}},
		{name: "a GSRN", proof: ledger.Presented, steps: []step{
			{"", bobCard, "***6543    30 points", "Amount, then ENTER"},
			{"100=", "", "Earned            +1", "Balance           31"},
		}},
		{name: "a phone number proves no more than a keyed one", proof: ledger.Claimed, steps: []step{
			{"", "]Q1tel:+905321234567", "***4567   700 points", "Amount, then ENTER"},
			{"100=", "", "Earned            +1", "Balance          701"},
		}},
		{name: "a number of nobody", steps: []step{
			{"", "]Q1+905551112233", "+905551112233", "New? ENROLL / CANCEL"},
			{"N", "", "***2233     0 points", "Amount, then ENTER"},
		}},
		{name: "a card of nobody", steps: []step{
			{"", "2912000000004", "Card not known", "Key her phone first"},
			{ana + "=", "", "***4567   700 points", "Amount, then ENTER"},
		}},
		{name: "a card in the midst of digits", proof: ledger.Presented, steps: []step{
			{"0532", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"100=", "", "Earned            +1", "Balance          701"},
		}},
		{name: "a card of nobody in the midst of digits", steps: []step{
			{"0532", "2912000000004", "Phone, then ENTER", "Card not known"},
			{"1234567=", "", "***4567   700 points", "Amount, then ENTER"},
		}},
		{name: "a card while a number is offered to enroll", steps: []step{
			{"05551112233=", anaCard, "***4567   700 points", "Amount, then ENTER"},
		}},
		{name: "an article while a number is offered to enroll", steps: []step{
			{"05551112233=", "5901234123457", "+905551112233", "New? ENROLL / CANCEL"},
		}},
		{name: "a friend's code while a number is offered to enroll", steps: []step{
			{"05551112233=", friendsCode, "+905551112233", "With friend's ENROLL"},
			{"N", "", "***2233     0 points", "Amount, then ENTER"},
		}},
		{name: "a friend's code before there is a number", steps: []step{
			{"", friendsCode, "Corner Shop", "Key her phone first"},
			{"05551112233=", "", "+905551112233", "New? ENROLL / CANCEL"},
		}},
		{name: "a friend's code while she is served", steps: []step{
			{ana + "=", friendsCode, "***4567   700 points", "Enrolled already"},
			{"100=", "", "Earned            +1", "Balance          701"},
		}, proof: ledger.Claimed},
		{name: "her card after her number", proof: ledger.Presented, steps: []step{
			{ana + "=19", anaCard, "***4567   700 points", "Card read"},
			{"99=", "", "Earned           +19", "Balance          719"},
		}},
		{name: "her number after her card", proof: ledger.Presented, steps: []step{
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"19", "+905321234567", "***4567   700 points", "Amount          0.19"},
			{"99=", "", "Earned           +19", "Balance          719"},
		}},
		{name: "a card read twice", proof: ledger.Presented, steps: []step{
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"100=", "", "Earned            +1", "Balance          701"},
		}},
		{name: "two cards at once", proof: ledger.Presented, steps: []step{
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"", bobCard, "***4567   700 points", "Another: CANCEL 1st"},
			{"100=", "", "Earned            +1", "Balance          701"},
		}},
		{name: "another's number", steps: []step{
			{ana + "=", "+905059876543", "***4567   700 points", "Another: CANCEL 1st"},
			{"x", bobCard, "***6543    30 points", "Amount, then ENTER"},
		}},
		{name: "strangers' codes while she is served", steps: []step{
			{ana + "=", "2912000000004", "Add card ...0004?", "ENROLL / CLEAR"},
			{"", "+905551112233", "***4567   700 points", "Number not known"},
			{"19", "2912000000004", "***4567   700 points", "Card not known"},
		}},
		{name: "an article", steps: []step{
			{"", "]E05901234123457", "Corner Shop", "Product: use POS"},
			{"0532", "5901234123457", "Phone, then ENTER", "Product: use POS"},
			{"1234567=19", "5901234123457", "***4567   700 points", "Product: use POS"},
			{"9", "", "***4567   700 points", "Amount          1.99"},
		}},
		{name: "nothing we know", steps: []step{
			{"", "]Q1WIFI:S:shop;;", "Corner Shop", "Unknown code"},
		}},
		{name: "nothing changes what ENTER is asked for", proof: ledger.Claimed, setup: func(l *lane) { l.ConfirmAbove = 1 }, steps: []step{
			{ana + "=1999=", anaCard, "Sure? ENTER or CLEAR", "Amount         19.99"},
			{"", "5901234123457", "Sure? ENTER or CLEAR", "Amount         19.99"},
			{"=", "", "Earned           +19", "Balance          719"},
		}},
		{name: "an article leaves what was told, a card begins anew", proof: ledger.Claimed, steps: []step{
			{ana + "=1999=", "5901234123457", "Earned           +19", "Balance          719"},
			{"", "]Q1nothing", "Earned           +19", "Balance          719"},
			{"", bobCard, "***6543    30 points", "Amount, then ENTER"},
		}},
		{name: "a reward by card", proof: ledger.Presented, steps: []step{
			{"", anaCard, "***4567   700 points", "Amount, then ENTER"},
			{"R1999=", "", "Pay 14.99        +14", "Balance          214"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newScanLane(t)
			if c.setup != nil {
				c.setup(l)
			}
			for _, s := range c.steps {
				l.key(s.keys)
				if s.scan != "" {
					l.scan(s.scan)
				}
				l.shows(s.upper, s.lower)
			}
			sales := l.sales()
			switch {
			case c.proof == "" && len(sales) > 0:
				t.Errorf("%d sales", len(sales))
			case c.proof != "" && (len(sales) != 1 || sales[0].Proof != c.proof):
				t.Errorf("%d sales; want one with proof %s", len(sales), c.proof)
			}
			if len(l.failed) > 0 {
				t.Errorf("failed: %v", l.failed)
			}
		})
	}
}

// A presented card is proof enough where a typed number is not.
func TestCardIsProof(t *testing.T) {
	l := newScanLane(t, "redeem: claimed", "redeem: presented")
	l.key(ana + "=R")
	l.shows("No reward now:", "show card or PIN")
	l.scan(anaCard)
	l.key("R")
	l.shows("Reward         -5.00", "Amount, then ENTER")
	l.key("1999=")
	l.shows("Pay 14.99        +14", "Balance          214")
}

// A sale that could not be saved stays what it was, whatever is scanned.
func TestScanWhileUnsaved(t *testing.T) {
	l := newScanLane(t)
	disk := &fault{Store: l.till.Store, append: func(ledger.Record) error { return errDisk }}
	l.till.Till.Store = disk
	l.key(ana + "=1999=")
	for _, code := range []string{bobCard, anaCard, "5901234123457", "nothing"} {
		l.scan(code)
	}
	l.Misscanned(l.till.Clock.Now())
	l.shows("Not saved: ENTER", "or call the manager")
	disk.append = nil
	l.key("=")
	l.shows("Earned           +19", "Balance          719")
	if sales := l.sales(); len(sales) != 1 || sales[0].Proof != ledger.Claimed {
		t.Errorf("%d sales", len(sales))
	}
}

// A damaged scan is asked for again where one is of use, and what it is said
// over goes away by itself.
func TestMisscanned(t *testing.T) {
	ctx := context.Background()
	l := newScanLane(t)
	damaged := func() { l.Misscanned(l.till.Clock.Now()) }
	damaged()
	l.shows("Corner Shop", "Scan again")
	l.till.Clock.Advance(15 * time.Second)
	l.Tick(ctx, l.till.Clock.Now())
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key("0532")
	damaged()
	l.shows("Phone, then ENTER", "Scan again")
	l.scan(anaCard)
	l.key("19")
	damaged()
	l.shows("***4567   700 points", "Scan again")
	l.key("99=")
	damaged()
	l.shows("Earned           +19", "Balance          719")
	l.key("05551112233=")
	damaged()
	l.shows("+905551112233", "New? ENROLL / CANCEL")
}

// The next customer's display shows nothing of a card that was scanned.
func TestScanIsForgotten(t *testing.T) {
	l := newScanLane(t)
	l.scan(anaCard)
	l.key("1999=")
	seen := len(l.display.Screens)
	l.scan(bobCard)
	l.key("250=")
	for _, screen := range l.display.Screens[seen:] {
		for _, trace := range []string{"4567", "19.99", "719", "700"} {
			if strings.Contains(screen[0]+screen[1], trace) {
				t.Errorf("%q shows %q", screen, trace)
			}
		}
	}
}

// A directory that cannot be read is a failure, not an unknown card.
func TestScanFails(t *testing.T) {
	l := newScanLane(t)
	l.till.Till.Store = &fault{Store: l.till.Store, find: func() error { return errDisk }}
	l.scan(anaCard)
	l.shows("Corner Shop", "Not found: again")
	if len(l.failed) != 1 {
		t.Errorf("the diary does not say why: %v", l.failed)
	}
}
