package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What is undone, taken back and printed again by keys, and what the display
// says to it. In keys, # is the number of the first sale's receipt and @ of the
// second's.
func TestBack(t *testing.T) {
	type step struct{ keys, upper, lower string }
	const (
		sells  = ana + "=1999=" // of 700 points
		saves  = ana + "=R1999="
		sellsB = bob + "=500="
	)
	for _, c := range []struct {
		name   string
		setup  func(*lane)
		steps  []step
		sales  int
		backs  int
		papers int
	}{
		{name: "VOID asks once", sales: 1, backs: 1, papers: 2, steps: []step{
			{sells, "Earned           +19", "Balance          719"},
			{"V", "Undo sale      19.99", "ENTER or CLEAR"},
			{"=", "Refund 19.99     -19", "Balance          700"},
			{ana + "=", "***4567   700 points", "Amount, then ENTER"},
		}},
		{name: "ENTER undoes too", sales: 1, backs: 1, papers: 2, steps: []step{
			{sells + "V=", "Refund 19.99     -19", "Balance          700"},
		}},
		{name: "a reward comes back with it", sales: 1, backs: 1, papers: 2, steps: []step{
			{saves, "Pay 14.99        +14", "Balance          214"},
			{"V", "Undo sale      14.99", "ENTER or CLEAR"},
			{"=", "Refund 14.99 -14+500", "Balance          700"},
		}},
		{name: "CLEAR and CANCEL undo nothing", sales: 1, papers: 1, steps: []step{
			{sells + "V<", "Corner Shop", "Phone, then ENTER"},
			{"Vx", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "what is not ENTER undoes nothing", sales: 1, papers: 1, steps: []step{
			{sells + "V5", "Corner Shop", "Phone, then ENTER"},
			{"V12=", "No phone number", "Key it again"}, // a code that a scanner types
			{"xVV", "Corner Shop", "Phone, then ENTER"},
			{"VT", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "not twice", sales: 1, backs: 1, papers: 2, steps: []step{
			{sells + "V=", "Refund 19.99     -19", "Balance          700"},
			{"V", "Sale           19.99", "Already voided"},
			{"V", "Sale           19.99", "Already voided"},
		}},
		{name: "once the next is served it is too late", sales: 2, papers: 2, steps: []step{
			{sells + bob + "=V", "***6543    30 points", "Amount, then ENTER"},
			{"500=V", "Undo sale       5.00", "ENTER or CLEAR"},
		}},
		{name: "what is left of a return is undone", sales: 1, backs: 2, papers: 3, steps: []step{
			{sells + "T#=1000=", "Refund 10.00      -9", "Balance          710"},
			{"V", "Undo sale       9.99", "ENTER or CLEAR"},
			{"=", "Refund 9.99      -10", "Balance          700"},
			{"V", "Sale           19.99", "Already voided"},
			{"T#=", "Sale           19.99", "Already voided"},
		}},

		{name: "RETURN of an amount", sales: 2, backs: 1, papers: 3, steps: []step{
			{sells + sellsB + "T", "Receipt, then ENTER", ""},
			{"#", "Receipt, then ENTER", "            10000001"},
			{"=", "11-22 12:00    19.99", "Amount, then ENTER"},
			{"500", "11-22 12:00    19.99", "Amount          5.00"},
			{"=", "Refund 5.00       -4", "Balance          715"},
			{"T#=", "11-22 12:00    14.99", "Amount, then ENTER"},
		}},
		{name: "RETURN of all, after showing it", sales: 1, backs: 1, papers: 2, steps: []step{
			{saves + "T#==", "Refund         14.99", "ENTER or CLEAR"},
			{"=", "Refund 14.99 -14+500", "Balance          700"},
			{"T#=", "Sale           14.99", "Already returned"},
			{"V", "Sale           14.99", "Already returned"},
		}},
		{name: "more than is left", sales: 1, backs: 1, papers: 2, steps: []step{
			{sells + "T#=2000=", "Only           19.99", "is left of it"},
			{"1500=", "Refund 15.00     -14", "Balance          705"},
			{"T#=500=", "Only            4.99", "is left of it"},
		}},
		{name: "no such receipt", sales: 1, papers: 1, steps: []step{
			{sells + "T99=", "No such receipt here", "Key it again"},
			{"#", "Receipt, then ENTER", "            10000001"},
			{"<", "Receipt, then ENTER", ""},
			{"=", "Receipt, then ENTER", ""},
			{"<", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "CLEAR goes back step by step", sales: 1, papers: 1, steps: []step{
			{sells + "T#==<", "11-22 12:00    19.99", "Amount, then ENTER"},
			{"5<", "11-22 12:00    19.99", "Amount, then ENTER"},
			{"0=", "11-22 12:00    19.99", "Amount, then ENTER"},
			{"<", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "a large return wants ENTER twice", sales: 1, backs: 1, papers: 2, setup: func(l *lane) { l.ConfirmAbove = 1500 }, steps: []step{
			{sells + "=T#=1600=", "Goods          16.00", "Sure? ENTER or CLEAR"},
			{"7", "Goods          16.00", "Sure? ENTER or CLEAR"},
			{"<1700==", "Refund 17.00     -16", "Balance          703"},
		}},
		{name: "more than is left is not asked about", sales: 1, papers: 1, setup: func(l *lane) { l.ConfirmAbove = 1500 }, steps: []step{
			{sells + "=T#=2000=", "Only           19.99", "is left of it"},
		}},
		{name: "RETURN after the number", sales: 1, papers: 1, steps: []step{
			{sells + "#T", "11-22 12:00    19.99", "Amount, then ENTER"},
		}},

		{name: "COPY of the last", sales: 1, papers: 2, steps: []step{
			{sells + "C", "Copy        10000001", "is being printed"},
		}},
		{name: "COPY of a return and of a void", sales: 2, backs: 2, papers: 6, steps: []step{
			{sells + sellsB + "T#=100=C", "Copy        10000003", "is being printed"},
			{"V=C", "Copy        10000004", "is being printed"},
		}},
		{name: "COPY of a number", sales: 2, papers: 3, steps: []step{
			{sells + sellsB + "#C", "Copy of     10000001", "ENTER or CLEAR"},
			{"5", "Copy of     10000001", "ENTER or CLEAR"},
			{"=", "Copy        10000001", "is being printed"},
			{"99C=", "No such receipt here", "                  99"},
			{"#C<", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "COPY without a printer", sales: 1, setup: func(l *lane) { l.Print = nil }, steps: []step{
			{sells, "Earned           +19", "Balance          719"},
			{"C", "Copy        10000001", "No printer here"},
		}},
		{name: "out of paper", sales: 1, setup: func(l *lane) { l.jam = device.ErrNoPaper }, steps: []step{
			{sells, "Earned           +19", "No paper: COPY"},
			{"C", "Copy        10000001", "No paper: COPY"},
		}},
		{name: "cover open at a void", sales: 1, backs: 1, setup: func(l *lane) { l.jam = device.ErrCoverOpen }, steps: []step{
			{saves + "V=", "Refund 14.99 -14+500", "Cover open: COPY"},
		}},
		{name: "a reward's price stays in sight", sales: 1, setup: func(l *lane) { l.jam = device.ErrOffline }, steps: []step{
			{saves, "Pay 14.99        +14", "Printer off: COPY"},
		}},
		{name: "no menu where there is nothing to choose", steps: []step{
			{"M", "Corner Shop", "Phone, then ENTER"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newBackLane(t)
			if c.setup != nil {
				c.setup(l)
			}
			for _, s := range c.steps {
				l.key(strings.NewReplacer("#", "10000001", "@", "10000002").Replace(s.keys))
				l.shows(s.upper, s.lower)
			}
			if got := len(l.sales()); got != c.sales || len(l.told) != c.sales {
				t.Errorf("%d sales, %d told; want %d", got, len(l.told), c.sales)
			}
			if got := len(l.entries(ledger.Returned, ledger.Voided)); got != c.backs || len(l.took) != c.backs {
				t.Errorf("%d returns, %d told; want %d", got, len(l.took), c.backs)
			}
			if len(l.papers) != c.papers {
				t.Errorf("%d papers, want %d", len(l.papers), c.papers)
			}
			if len(l.failed) > 0 {
				t.Errorf("failed: %v", l.failed)
			}
		})
	}
}

// newBackLane is a lane with two members.
func newBackLane(t *testing.T) *lane {
	l := newLane(t)
	l.till.Give(l.member(ana), 700)
	l.till.Give(l.member(bob), 30)
	// In these tests 10000001 stands for the first receipt's number, which is a
	// digit longer, 10000002 for the second's, and so forth.
	var pairs []string
	for n := range int64(4) {
		short, number := fmt.Sprint(10000001+n), l.till.Receipt(n+1)
		pairs = append(pairs, " "+short, number, short, number)
	}
	l.numbers = strings.NewReplacer(pairs...)
	return l
}

// A copy says that it is one, and says what the first paper said.
func TestCopyIsMarked(t *testing.T) {
	l := newBackLane(t)
	l.key(ana + "=1999=CV" + "=C")
	if len(l.papers) != 4 {
		t.Fatalf("%d papers", len(l.papers))
	}
	for i, again := range []bool{false, true, false, true} {
		paper, first := l.papers[i], l.papers[i-i%2]
		if paper.Copy != again || paper.Entry.ID != first.Entry.ID || paper.Name != "***4567" || paper.Sale != first.Sale {
			t.Errorf("paper %d: %+v", i, paper)
		}
	}
}

// COPY after a restart is of the last sale, or of what came back of it.
func TestCopyAfterRestart(t *testing.T) {
	l := newBackLane(t)
	restart := func() {
		print, took, told := l.Print, l.TookBack, l.Told
		l.Counter = &checkout.Counter{
			Till: l.till.Till, Display: l.display, Greeting: "Corner Shop", IdleTimeout: 30 * time.Second,
			Told: told, TookBack: took, Print: print, Failed: l.Failed,
		}
		l.Start(t.Context(), l.till.Clock.Now())
	}
	l.jam = device.ErrNoPaper
	l.key(ana + "=1999=")
	l.jam = nil
	restart()
	l.shows("Last sale      19.99", "Phone, then ENTER")
	l.key("C")
	l.shows("Copy        10000001", "is being printed")
	l.key("V=")
	l.shows("Refund 19.99     -19", "Balance          700")
	restart()
	l.key("C")
	if last := l.papers[len(l.papers)-1]; last.Entry.Kind != ledger.Voided || last.Sale == nil || !last.Copy || last.Name != "***4567" {
		t.Errorf("copied %+v", last)
	}
	restart()
	l.key("V=")
	l.shows("Sale           19.99", "Already voided")
}

// COPY is of what was told last, here or by the POS.
func TestCopyOfThePOS(t *testing.T) {
	l := newBackLane(t)
	l.key(ana + "=1999=")
	l.till.Clock.Advance(time.Second)
	if _, err := l.till.Complete(t.Context(), l.till.Clock.Now(), checkout.Basket{
		Entry: l.till.NewEntry(), SaleID: "pos-1", Currency: "TRY", Lines: []ledger.Line{{Net: 500, Gross: 500, Quantity: 1}}, Asked: []byte("pos-1"),
	}); err != nil {
		t.Fatal(err)
	}
	l.key("C")
	if last := l.papers[len(l.papers)-1]; last.Entry.Sale.ID != "pos-1" || last.Name != "" {
		t.Errorf("copied sale %s of %s", last.Entry.Sale.ID, last.Name)
	}
}

// Where the clock was set back since, COPY is of what the POS sold last all the same, and
// of no other customer's paper.
func TestCopyAfterTheClockWasSetBack(t *testing.T) {
	for name, keys := range map[string]string{"a sale": ana + "=1999=", "a void": ana + "=1999=V="} {
		t.Run(name, func(t *testing.T) {
			l := newBackLane(t)
			l.key(keys)
			papers := len(l.papers)
			l.key("C")
			if again := l.papers[papers]; again.Entry.ID != l.papers[papers-1].Entry.ID {
				t.Errorf("copied %s, told last was %s", again.Entry.Kind, l.papers[papers-1].Entry.Kind)
			}
			l.till.Clock.Advance(-time.Hour)
			if _, err := l.till.Complete(t.Context(), l.till.Clock.Now(), checkout.Basket{
				Entry: l.till.NewEntry(), SaleID: "pos-1", Currency: "TRY", Lines: []ledger.Line{{Net: 500, Gross: 500, Quantity: 1}}, Asked: []byte("pos-1"),
			}); err != nil {
				t.Fatal(err)
			}
			l.key("C")
			if last := l.papers[len(l.papers)-1]; last.Entry.Sale == nil || last.Entry.Sale.ID != "pos-1" {
				t.Errorf("copied %s of %q", last.Entry.Kind, last.Name)
			}
		})
	}
}

// A sale that stands and must not be told yet, because its spend was never answered, is
// not printed by COPY either, with or without its number.
func TestCopyOfWhatMustNotBeTold(t *testing.T) {
	l := newBackLane(t)
	if _, err := l.till.Complete(t.Context(), l.till.Clock.Now(), checkout.Basket{
		Entry: l.till.NewEntry(), SaleID: "pos-1", Currency: "TRY", Lines: []ledger.Line{{Net: 500, Gross: 500, Quantity: 1}}, Asked: []byte("pos-1"),
	}); err != nil {
		t.Fatal(err)
	}
	disk := &fault{Store: l.till.Store, stands: func() error { return errDisk }}
	l.till.Till.Store = disk
	for keys, sentence := range map[string]string{"C": "Not found: COPY", "10000001C=": "Not found: again"} {
		l.key(keys)
		l.shows(sentence, "or call the manager")
		if len(l.papers) != 0 {
			t.Errorf("%s: it was printed", keys)
		}
		l.key("x")
	}
	disk.stands = nil
	l.key("C")
	if len(l.papers) != 1 {
		t.Error("once it may be told it is not printed")
	}
}

// A printer that stops while the sale is told says so once, and later nothing.
func TestUnprinted(t *testing.T) {
	l := newBackLane(t)
	l.Unprinted(device.ErrNoPaper)
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key(ana + "=1999=")
	l.Unprinted(device.ErrNoPaper)
	l.shows("Earned           +19", "No paper: COPY")
	l.Unprinted(device.ErrCoverOpen)
	l.shows("Earned           +19", "No paper: COPY")
	l.key("C")
	l.shows("Copy        10000001", "is being printed")
	l.Unprinted(errors.New("on fire"))
	l.shows("Copy        10000001", "Not printed: COPY")
	l.key(ana)
	l.Unprinted(device.ErrNoPaper)
	l.shows("Phone, then ENTER", "         *******4567")
}

// A VOID that bounces is not its own confirmation.
func TestBounceUndoesNothing(t *testing.T) {
	l := newBackLane(t)
	l.key(ana + "=1999=V")
	l.till.Clock.Advance(20 * time.Millisecond)
	l.press('V')
	l.shows("Undo sale      19.99", "ENTER or CLEAR")
	l.key("x")
	if len(l.took) != 0 {
		t.Error("undone by a bounce")
	}
}

// A return or void of which nobody knows whether it stands, and ENTER again,
// make one; nothing changes it meanwhile, and midnight may pass.
func TestBackOfUnknownOutcome(t *testing.T) {
	for name, stands := range map[string]bool{"it did not stand": false, "it stood": true} {
		for what, keys := range map[string]string{"void": "V=", "return": "T10000001=500=", "all": "T10000001==="} {
			t.Run(what+", "+name, func(t *testing.T) {
				ctx := context.Background()
				l := newBackLane(t)
				l.Scans = router
				disk := &fault{Store: l.till.Store}
				l.till.Till.Store = disk
				l.key(ana + "=1999=")
				disk.append = func(r ledger.Record) error {
					if stands {
						if err := disk.Store.Append(ctx, r); err != nil {
							return err
						}
					}
					return errDisk
				}
				l.key(keys)
				l.shows("Not saved: ENTER", "or call the manager")
				l.key("5<RTCMV")
				l.scan("]C010000001")
				l.Misread()
				l.Misscanned(l.till.Clock.Now())
				l.shows("Not saved: ENTER", "or call the manager")
				if len(l.took) != 0 || len(l.papers) != 1 {
					t.Fatal("told a return that nobody knows to be saved")
				}
				disk.append = nil
				l.till.Clock.Advance(12 * time.Hour)
				l.key("=")
				backs := l.entries(ledger.Returned, ledger.Voided)
				if len(backs) != 1 || len(l.took) != 1 || l.took[0].Entry.ID != backs[0].ID || len(l.papers) != 2 {
					t.Fatalf("%d returns, %d told, %d papers", len(backs), len(l.took), len(l.papers))
				}
			})
		}
	}
}

// Lookups that fail are told and can be repeated; nothing is taken back.
func TestBackLookupFails(t *testing.T) {
	l := newBackLane(t)
	l.key(ana + "=1999=")
	disk := &fault{Store: l.till.Store, look: func() error { return errDisk }}
	l.till.Till.Store = disk
	for keys, sentence := range map[string]string{"V": "Not found: VOID", "C": "Not found: COPY", "T10000001=": "Not found: again", "10000001C=": "Not found: again"} {
		l.key("x" + keys)
		l.shows(sentence, "or call the manager")
	}
	l.key("xT10000001=")
	disk.look = nil
	l.key("10000001=")
	l.shows("11-22 12:00    19.99", "Amount, then ENTER")
	if len(l.failed) != 5 || len(l.took) != 0 {
		t.Errorf("%d failures, %d returns", len(l.failed), len(l.took))
	}
}

// A receipt that is scanned is pointed at, or taken where one is asked for.
func TestScanReceipt(t *testing.T) {
	const code = "]C010000001"
	l := newBackLane(t)
	l.Scans = router
	l.key(ana + "=1999=")
	l.scan(code)
	l.shows("Receipt     10000001", "RETURN or COPY")
	l.key("5=")
	l.shows("Receipt     10000001", "RETURN or COPY")
	l.key("T")
	l.shows("11-22 12:00    19.99", "Amount, then ENTER")
	l.scan("]C010000002")
	l.shows("11-22 12:00    19.99", "Amount, then ENTER")
	l.key("x")
	l.scan(code)
	l.key("C")
	l.shows("Copy        10000001", "is being printed")
	l.key("T")
	l.scan("5901234123457")
	l.shows("Receipt, then ENTER", "No receipt of ours")
	l.scan(code)
	l.shows("11-22 12:00    19.99", "Amount, then ENTER")
	l.key("x" + ana + "=")
	l.scan(code)
	l.shows("***4567   719 points", "Receipt: not now")
}

// Points that are no longer there are owed, and the display says so; an
// anonymous sale has none.
func TestOwed(t *testing.T) {
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 700)
	l.key(ana + "=1999=")
	l.till.Feed(ledger.AccountState{Account: account, AsOf: ledger.MillisOf(l.till.Clock.Now()), Balances: []ledger.Balance{
		{Program: l.till.Options.Program, Unit: testkit.Points, Escrowed: 200, Receivable: 7},
	}})
	l.key("V=")
	l.shows("Refund 19.99     -19", "Points owed        7")

	l = newLane(t, "earn: claimed", "earn: verified")
	l.member(ana)
	l.key(ana + "=1999=V=")
	l.shows("Refund 19.99", "No points in it")
}

// Who gave no name is shown by her last four digits; once she is named, by her
// masked name, on the display and on paper.
func TestNamedLater(t *testing.T) {
	l := newLane(t)
	account := l.member(ana)
	l.key(ana + "=")
	l.shows("***4567     0 points", "Amount, then ENTER")
	l.key("x")
	if _, err := l.till.Name(t.Context(), l.till.Clock.Now(), l.till.NewEntry(), checkout.Who{Account: account}, "Ana Yılmaz", ""); err != nil {
		t.Fatal(err)
	}
	l.key(ana + "=")
	l.shows("A*** Y***   0 points", "Amount, then ENTER")
	l.key("1999=V=")
	if len(l.papers) != 2 || l.papers[0].Name != "A*** Y***" || l.papers[1].Name != "A*** Y***" {
		t.Errorf("papers: %+v", l.papers)
	}
}

// The menu closes the day.
func TestMenu(t *testing.T) {
	l := newBackLane(t)
	closed, problem := 0, error(nil)
	l.CloseDay = func(context.Context) error { closed++; return problem }
	l.key("M")
	l.shows("MENU", "1 Day close")
	l.key("29R=")
	l.shows("MENU", "1 Day close")
	l.key("1")
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key("Mx")
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key(ana + "=M") // another menu: that of who is served
	l.shows("MENU", "1 PIN  2 New PIN")
	problem = errDisk
	l.key("xM1")
	l.shows("Day not closed", "or call the manager")
	if closed != 2 || !errors.Is(errors.Join(l.failed...), errDisk) {
		t.Errorf("closed %d times, failed %v", closed, l.failed)
	}
}

// Whoever walks away from a question leaves nothing undone and nothing in
// sight.
func TestIdleBack(t *testing.T) {
	for _, keys := range []string{"V", "T", "T10000001", "T10000001=", "T10000001=5", "T10000001==", "10000001C", "M"} {
		l := newBackLane(t)
		l.CloseDay = func(context.Context) error { return nil }
		l.key(ana + "=1999=")
		l.key(keys)
		l.till.Clock.Advance(30 * time.Second)
		l.Tick(context.Background(), l.till.Clock.Now())
		l.shows("Corner Shop", "Phone, then ENTER")
		if len(l.took) != 0 {
			t.Errorf("%s took something back", keys)
		}
	}
}

// The next customer sees nothing of what came back of another's.
func TestNextCustomerAfterReturn(t *testing.T) {
	l := newBackLane(t)
	l.key(ana + "=R1999=V=C")
	seen := len(l.display.Screens)
	l.key(bob + "=250=")
	for _, screen := range l.display.Screens[seen:] {
		for _, trace := range []string{"4567", "19.99", "14.99", "700", "10000002"} {
			if strings.Contains(screen[0]+screen[1], trace) {
				t.Errorf("%q shows %q", screen, trace)
			}
		}
	}
}
