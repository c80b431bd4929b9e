package checkout_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// lane is a counter with a hand on its keypad and an eye on its display.
type lane struct {
	*checkout.Counter
	till    *testkit.Till
	display *testkit.Display
	heard   device.Feedback // from the scanner
	told    []checkout.Completed
	took    []checkout.TakenBack
	papers  []checkout.Paper
	jam     error // why the printer takes nothing
	failed  []error
	t       testing.TB
	numbers *strings.Replacer // of receipts, in what a test writes
}

func newLane(t testing.TB, edits ...string) *lane {
	t.Helper()
	l := &lane{t: t, till: testkit.NewTill(t, testkit.Program(t, edits...)), display: &testkit.Display{}}
	l.Counter = &checkout.Counter{
		Till: l.till.Till, Display: l.display, Greeting: "Corner Shop", IdleTimeout: 30 * time.Second,
		Told:     func(c checkout.Completed) { l.told = append(l.told, c) },
		TookBack: func(b checkout.TakenBack) { l.took = append(l.took, b) },
		Print: func(p checkout.Paper) error {
			if l.jam == nil {
				l.papers = append(l.papers, p)
			}
			return l.jam
		},
		Failed: func(err error) { l.failed = append(l.failed, err) },
	}
	l.Start(t.Context(), l.till.Clock.Now())
	return l
}

// keys on the pad as tests write them; a blank is a second that passes.
var keypad = map[rune]device.Key{
	'=': device.Enter, '<': device.Clear, 'x': device.Cancel, 'N': device.Enroll, 'R': device.Redeem,
	'V': device.Void, 'C': device.Copy, 'T': device.Return, 'M': device.Menu,
}

// key presses keys, half a second apart.
func (l *lane) key(keys string) {
	for _, k := range l.numbered(keys) {
		l.till.Clock.Advance(500 * time.Millisecond)
		l.press(k)
	}
}

func (l *lane) press(k rune) {
	switch pressed, ok := keypad[k]; {
	case ok:
		l.Key(context.Background(), l.till.Clock.Now(), pressed)
	case k >= '0' && k <= '9':
		l.Key(context.Background(), l.till.Clock.Now(), device.Digit0+device.Key(k-'0'))
	default:
		l.t.Fatalf("no key %q", k)
	}
}

// numbered puts in receipts' numbers.
func (l *lane) numbered(text string) string {
	if l.numbers == nil {
		return text
	}
	return l.numbers.Replace(text)
}

// shows wants two lines on the display; blanks at their ends do not count.
func (l *lane) shows(upper, lower string) {
	l.t.Helper()
	got := l.display.Last()
	if want := [2]string{l.numbered(upper), l.numbered(lower)}; strings.TrimRight(got[0], " ") != want[0] || strings.TrimRight(got[1], " ") != want[1] {
		l.t.Errorf("shows\n%q, want\n%q", got, want)
	}
}

// member enrolls a number and returns its account.
func (l *lane) member(number string) ledger.AccountID {
	l.t.Helper()
	l.key(number + "=N")
	l.key("x")
	member, _, err := l.till.Identify(context.Background(), number)
	if err != nil {
		l.t.Fatal(err)
	}
	return member.Account
}

// sales are the journal's.
func (l *lane) sales() []*ledger.Entry { return l.entries(ledger.Sold) }

func (l *lane) entries(kinds ...ledger.Kind) (found []*ledger.Entry) {
	entries, _ := l.till.Journal()
	for _, e := range entries {
		if slices.Contains(kinds, e.Kind) {
			found = append(found, e)
		}
	}
	return found
}

const ana = "05321234567"

// What is keyed, and what the display says to it.
func TestConversation(t *testing.T) {
	type step struct{ keys, upper, lower string }
	for _, c := range []struct {
		name  string
		edits []string
		given ledger.Points // for ana, who is a member where it is not 0
		setup func(*lane)
		steps []step
		sales int
	}{
		{name: "enroll and earn", sales: 2, steps: []step{
			{"", "Corner Shop", "Phone, then ENTER"},
			{"0532", "Phone, then ENTER", "                0532"},
			{"1234567", "Phone, then ENTER", "         *******4567"},
			{"=", "+905321234567", "New? ENROLL / CANCEL"},
			{"N", "***4567     0 points", "Amount, then ENTER"},
			{"1999", "***4567     0 points", "Amount         19.99"},
			{"=", "Earned           +19", "Balance           19"},
			{"0", "Phone, then ENTER", "                   0"},
			{"5321234567=", "***4567    19 points", "Amount, then ENTER"},
			{"100=", "Earned            +1", "Balance           20"},
		}},
		{name: "correct with CLEAR", given: 100, sales: 1, steps: []step{
			{"999<", "Phone, then ENTER", ""},
			{ana + "=", "***4567   100 points", "Amount, then ENTER"},
			{"500<", "***4567   100 points", "Amount, then ENTER"},
			{"700=", "Earned            +7", "Balance          107"},
		}},
		{name: "CLEAR in an empty field leaves", given: 100, steps: []step{
			{"<", "Corner Shop", "Phone, then ENTER"},
			{"5<<", "Corner Shop", "Phone, then ENTER"},
			{ana + "=<", "Corner Shop", "Phone, then ENTER"},
			{"05329999999=<", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "CANCEL everywhere", given: 100, steps: []step{
			{"x", "Corner Shop", "Phone, then ENTER"},
			{"532x", "Corner Shop", "Phone, then ENTER"},
			{"05329999999=x", "Corner Shop", "Phone, then ENTER"},
			{ana + "=x", "Corner Shop", "Phone, then ENTER"},
			{ana + "=500x", "Corner Shop", "Phone, then ENTER"},
		}},
		{name: "three spellings are one member", given: 100, steps: []step{
			{"05321234567=", "***4567   100 points", "Amount, then ENTER"},
			{"x5321234567=", "***4567   100 points", "Amount, then ENTER"},
			{"x905321234567=", "***4567   100 points", "Amount, then ENTER"},
			{"x00905321234567=", "***4567   100 points", "Amount, then ENTER"},
		}},
		{name: "what is no number", steps: []step{
			{"123=", "No phone number", "Key it again"},
			{"05321234567=", "+905321234567", "New? ENROLL / CANCEL"},
		}},
		{name: "an unknown number is shown whole once", steps: []step{
			{ana + "=", "+905321234567", "New? ENROLL / CANCEL"},
			{"5=", "+905321234567", "New? ENROLL / CANCEL"}, // digits and ENTER do nothing
			{"N", "***4567     0 points", "Amount, then ENTER"},
			{"x" + ana + "=", "***4567     0 points", "Amount, then ENTER"},
		}},
		{name: "redeem", given: 700, sales: 1, steps: []step{
			{ana + "=R", "Reward         -5.00", "Amount, then ENTER"},
			{"1999", "Reward         -5.00", "Amount         19.99"},
			{"=", "Pay 14.99        +14", "Balance          214"},
		}},
		{name: "REDEEM again gives back", given: 700, sales: 1, steps: []step{
			{ana + "=RR", "***4567   700 points", "Amount, then ENTER"},
			{"1999=", "Earned           +19", "Balance          719"},
		}},
		{name: "CLEAR in an empty field gives back", given: 700, sales: 1, steps: []step{
			{ana + "=R5<", "Reward         -5.00", "Amount, then ENTER"},
			{"<", "***4567   700 points", "Amount, then ENTER"},
			{"1999=", "Earned           +19", "Balance          719"},
		}},
		{name: "an amount below the discount", given: 700, sales: 1, steps: []step{
			{ana + "=R499=", "Reward needs    5.00", "CLEAR and try again"},
			{"<500=", "Pay 0.00          +0", "Balance          200"},
		}},
		{name: "too few points", given: 499, sales: 1, steps: []step{
			{ana + "=R", "No reward now:", "too few points here"},
			{"100=", "Earned            +1", "Balance          500"},
		}},
		{name: "what is pending", given: 700, sales: 1, edits: []string{"points: {}", "points: {pending: P30D}"}, steps: []step{
			{ana + "=1999=", "Earned, pending  +19", "Balance          700"},
		}},
		{name: "a voucher is bought", given: 700, sales: 1, edits: []string{"{discount: 500}", "{discount: 500}, voucher: P90D"}, steps: []step{
			{ana + "=R", "Reward five", "Amount, then ENTER"},
			{"1999=", "Pay 19.99        +19", "Balance          219"},
		}},
		{name: "a voucher is used", given: 100, sales: 1, edits: []string{"{discount: 500}", "{discount: 500}, voucher: P90D"},
			setup: func(l *lane) { l.till.Place(l.member(ana), "voucher.five", 1) }, steps: []step{
				{ana + "=R499=", "Reward needs    5.00", "CLEAR and try again"},
				{"<1999=", "Pay 14.99        +14", "Balance          114"},
			}},
		{name: "a voucher of another version is told with its end, and taken for what it promised", given: 100, sales: 1,
			setup: func(l *lane) {
				ends := ledger.MillisOf(time.Date(2026, 12, 20, 0, 0, 0, 0, l.Till.Zone))
				l.till.PlaceOn(l.member(ana), "voucher.old_one", 1, &ledger.LotTerms{ExpiresAt: ends,
					Promise: ledger.Promise{Version: 9, Benefit: "discount", Value: 700}})
			}, steps: []step{
				{ana + "=", "***4567   100 points", "Voucher until 19 Dec"},
				{"R", "Voucher        -7.00", "Amount, then ENTER"},
				{"1999=", "Pay 12.99        +12", "Balance          112"},
			}},
		{name: "a unit that is money", given: 1250, sales: 1, edits: []string{"points: {}", "points: {money: true}"}, steps: []step{
			{ana + "=", "***4567    12.50 TRY", "Amount, then ENTER"},
			{"1999=", "Earned         +0.19", "Balance        12.69"},
		}},
		{name: "no reward costs anything", given: 100, sales: 1, edits: []string{"cost: {points: 500}, ", ""}, steps: []step{
			{ana + "=R", "No rewards", ""},
			{"100=", "Earned            +1", "Balance          101"},
		}},
		{name: "a proof too weak to redeem", given: 700, edits: []string{"redeem: claimed", "redeem: verified"}, steps: []step{
			{ana + "=R", "***4567   700 points", "No PIN is known here"},
		}},
		{name: "a proof too weak to earn", given: 700, edits: []string{"earn: claimed", "earn: verified"}, sales: 1, steps: []step{
			{ana + "=1000=", "Pay 10.00", "Show card for    +10"},
		}},
		{name: "a largest amount", given: 100, sales: 1, setup: func(l *lane) { l.MaxAmount = 10_000 }, steps: []step{
			{ana + "=10001=", "Amount too large", "At most       100.00"},
			{"10000=", "Earned          +100", "Balance          200"},
		}},
		{name: "a large amount wants ENTER twice", given: 100, sales: 2, setup: func(l *lane) { l.ConfirmAbove = 10_000 }, steps: []step{
			{ana + "=10001=", "Sure? ENTER or CLEAR", "Amount        100.01"},
			{"<", "***4567   100 points", "Amount, then ENTER"},
			{"10001=2", "***4567   100 points", "Amount          0.02"},
			{"=", "Earned            +0", "Balance          100"},
			{ana + "=10001==", "Earned          +100", "Balance          200"},
		}},
		{name: "tax is in the amount and not in the points", given: 100, sales: 1,
			setup: func(l *lane) { l.TaxRate = loyalty.Rate{Num: 20, Den: 100} }, steps: []step{
				{ana + "=1200=", "Earned           +10", "Balance          110"},
			}},
		{name: "no amount", given: 100, steps: []step{
			{ana + "==", "***4567   100 points", "Amount, then ENTER"},
			{"000=", "***4567   100 points", "Amount, then ENTER"},
		}},
		{name: "keys of no use", given: 100, sales: 1, steps: []step{
			{"RNM", "Corner Shop", "Phone, then ENTER"},
			{"V", "Corner Shop", "No sale to undo"},
			{"C", "Corner Shop", "Nothing to copy"},
			{"5RNVM", "Phone, then ENTER", "                   5"},
			{"<" + ana + "=NVCT", "***4567   100 points", "Amount, then ENTER"},
			{"100=", "Earned            +1", "Balance          101"},
		}},
		{name: "a bouncing ENTER leaves what was told", given: 100, sales: 1, steps: []step{
			{ana + "==100=", "Earned            +1", "Balance          101"},
			{"===", "Earned            +1", "Balance          101"},
			{"5", "Phone, then ENTER", "                   5"},
		}},
		{name: "more digits than any number has", given: 100, sales: 1, steps: []step{
			{"12345678901234567890", "Too many digits", "CLEAR and try again"},
			{"=", "Too many digits", "CLEAR and try again"},
			{"<" + ana + "=123456789012", "Too many digits", "CLEAR and try again"},
			{"=", "Too many digits", "CLEAR and try again"},
			{"<12345678901", "***4567   100 points", "Amount  123456789.01"},
			{"=", "Earned    +123456789", "Balance    123456889"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLane(t, c.edits...)
			if c.given > 0 {
				l.till.Give(l.member(ana), c.given)
			}
			if c.setup != nil {
				c.setup(l)
			}
			for _, s := range c.steps {
				l.key(s.keys)
				l.shows(s.upper, s.lower)
			}
			if got := len(l.sales()); got != c.sales || len(l.told) != c.sales {
				t.Errorf("%d sales, %d told; want %d", got, len(l.told), c.sales)
			}
			if len(l.failed) > 0 {
				t.Errorf("failed: %v", l.failed)
			}
		})
	}
}

// Whoever walks away is forgotten, with what was set aside for her; what was
// told goes sooner.
func TestIdle(t *testing.T) {
	ctx := context.Background()
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 700)
	l.key(ana + "=R19")
	l.till.Clock.Advance(29 * time.Second)
	l.Tick(ctx, l.till.Clock.Now())
	l.shows("Reward         -5.00", "Amount          0.19")
	l.key("9")
	l.till.Clock.Advance(30 * time.Second)
	l.Tick(ctx, l.till.Clock.Now())
	l.shows("Corner Shop", "Phone, then ENTER")
	if member, err := l.till.Store.Member(ctx, account); err != nil || member.Balance(testkit.Points).Spendable != 700 {
		t.Errorf("spendable: %+v, %v", member, err)
	}
	l.key(ana + "=1999=")
	l.till.Clock.Advance(15 * time.Second)
	l.Tick(ctx, l.till.Clock.Now())
	l.shows("Corner Shop", "Phone, then ENTER")
}

// The next customer sees nothing of this one: no number, no points, no amount.
func TestNextCustomer(t *testing.T) {
	l := newLane(t)
	l.till.Give(l.member(ana), 700)
	l.key(ana + "=R1999=")
	seen := len(l.display.Screens)
	l.key("05059876543=N250=")
	for _, screen := range l.display.Screens[seen:] {
		for _, trace := range []string{"4567", "19.99", "14.99", "214", "700", "-5.00"} {
			if strings.Contains(screen[0]+screen[1], trace) {
				t.Errorf("%q shows %q", screen, trace)
			}
		}
	}
	l.shows("Earned            +2", "Balance            2")
}

// An ENTER that bounces is not its own confirmation.
func TestBounceConfirmsNothing(t *testing.T) {
	l := newLane(t)
	l.ConfirmAbove = 1
	l.till.Give(l.member(ana), 100)
	l.key(ana + "=1000=")
	l.till.Clock.Advance(20 * time.Millisecond)
	l.press('=')
	l.shows("Sure? ENTER or CLEAR", "Amount         10.00")
	l.key("=")
	l.shows("Earned           +10", "Balance          110")
}

// A till that is asked for a number of a long store and large sums still tells
// every amount whole.
func TestAmountsAreNeverCut(t *testing.T) {
	l := newLane(t, "points: 1/100", "points: 10/1")
	l.Greeting = "The Very Long Name of a Corner Shop"
	l.Start(t.Context(), l.till.Clock.Now())
	l.shows("The Very Long Name o", "Phone, then ENTER")
	l.till.Give(l.member(ana), 700)
	l.key(ana + "=R12345678=")
	l.shows("Pay        123451.78", "Balance    123451980")
}

// After a restart the last sale is shown, which may not have been told: nobody
// keys it again. Later it is nobody's business.
func TestLastSaleIsShownAtStart(t *testing.T) {
	l := newLane(t)
	l.till.Give(l.member(ana), 700)
	l.key(ana + "=1000=")
	l.Start(t.Context(), l.till.Clock.Now())
	l.shows("Last sale      10.00", "Phone, then ENTER")
	l.till.Clock.Advance(11 * time.Minute)
	l.Start(t.Context(), l.till.Clock.Now())
	l.shows("Corner Shop", "Phone, then ENTER")
}

// The second of two sales of one hold finds it gone, is offered the full price,
// and leaves nothing set aside.
func TestRewardGone(t *testing.T) {
	ctx := context.Background()
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 500)
	l.key(ana + "=R")
	l.till.Clock.Advance(20 * time.Minute) // an old hold may be taken over
	if _, err := l.till.Hold(ctx, l.till.Clock.Now(), checkout.Reserve{
		ID: l.till.NewHold(), SaleID: "pos", Account: account, Reward: "five", Proof: ledger.Claimed,
	}); err != nil {
		t.Fatal(err)
	}
	l.key("1999=")
	l.shows("Reward is gone:", "ENTER or CANCEL")
	l.key("=")
	l.shows("Earned           +19", "Balance          519")
}

// A key that may have got lost spoils its field, and nothing else.
func TestMisread(t *testing.T) {
	l := newLane(t)
	l.ConfirmAbove = 10_000
	l.till.Give(l.member(ana), 700)
	l.Misread()
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key("0532123")
	l.Misread()
	l.shows("Key misread", "Please key it again")
	l.key("=" + ana + "=R20000=")
	l.shows("Sure? ENTER or CLEAR", "Amount        200.00")
	l.Misread()
	l.key("=1999=")
	l.shows("Pay 14.99        +14", "Balance          214")
	l.Misread()
	l.shows("Pay 14.99        +14", "Balance          214")
}

// A reward that is refused when the sale is written, while its hold stands, is
// given back with it.
func TestRefusedReward(t *testing.T) {
	ctx := context.Background()
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 500)
	disk := &fault{Store: l.till.Store}
	l.till.Till.Store = disk
	l.key(ana + "=R1999")
	disk.append = func(ledger.Record) error { return &loyalty.NoRedeem{Reason: loyalty.ClockOff} }
	l.key("=")
	l.shows("Reward is gone:", "ENTER or CANCEL")
	if member, err := l.till.Store.Member(ctx, account); err != nil || member.Balance(testkit.Points).Spendable != 500 {
		t.Errorf("%+v, %v", member, err)
	}
	disk.append = nil
	l.key("=")
	l.shows("Earned           +19", "Balance          519")
}

// A till that was off the network too long redeems nothing and goes on earning.
func TestOfflineTooLong(t *testing.T) {
	l := newLane(t)
	l.till.Give(l.member(ana), 700)
	l.member("05059876543")
	for range 8 { // the till is open all the time: its clock makes no jump
		l.till.Clock.Advance(10 * time.Hour)
		l.key("05059876543=100=")
	}
	l.key(ana + "=R")
	l.shows("No reward now:", "offline too long")
	l.key("1999=")
	l.shows("Earned           +19", "Balance          719")
}
