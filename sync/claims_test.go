package sync_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// proving is a program under which a typed number is not enough to earn, and
// receipts without a member can be claimed.
const proving = `
program: proving
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: presented, redeem: presented, detached: P7D}
claim: {days: 7, limit: claims}
units: {points: {}, later: {pending: P14D}, spend: {spendable: false}}
tiers: {of: spend, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 100000}}
limits: {daily: {uses: 1, every: calendar_day}, claims: {uses: 2, every: calendar_month}}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/100, spend: 1/1, later: 1/1000}}
  - {id: daily, on: sale, limit: daily, give: {points: 7}}
  - {id: plus,  on: sale, when: 'basket.net >= 100000', status: {plus: P12M}}
rewards:
  - {id: five, cost: {points: 500}, benefit: {discount: 500}}
offline: {share: 1/1, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`

const otherNumber = "+905321234568"

// proves is a headquarters with two tills, and two members both know.
type proves struct {
	*asks
	ana, ece ledger.AccountID
}

func newProves(t *testing.T, without ...string) *proves {
	text := proving
	for _, line := range without {
		text = strings.Replace(text, line, "", 1)
	}
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, text)), t: t}}
	w.one, w.two = w.till(), w.till()
	p := &proves{asks: w}
	ana, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "ana", Phone: e164})
	w.must(err)
	ece, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "ece", Phone: otherNumber})
	w.must(err)
	p.ana, p.ece = ana.Account, ece.Account
	w.exchange()
	return p
}

// later is so many days later, and headquarters believes it.
func (w *proves) later(days int) {
	w.t.Helper()
	w.Clock.Advance(time.Duration(days) * 24 * time.Hour)
	w.must(w.ConfirmClock(context.Background()))
}

// typed sells to somebody who only says her number.
func (w *proves) typed(e *testkit.Enrolled, number string, amount ledger.Minor) *ledger.Entry {
	w.t.Helper()
	return w.soldTo(e, checkout.Who{Phone: number, Proof: ledger.Claimed}, amount)
}

func (w *proves) soldTo(e *testkit.Enrolled, who checkout.Who, amounts ...ledger.Minor) *ledger.Entry {
	w.t.Helper()
	w.sales++
	b := checkout.Basket{Entry: e.NewEntry(), SaleID: fmt.Sprint("s", w.sales), Currency: "TRY", Who: who}
	for _, amount := range amounts {
		b.Lines = append(b.Lines, ledger.Line{Net: amount, Gross: amount, Quantity: 1})
	}
	completed, err := e.Complete(context.Background(), w.Clock.Now(), b)
	w.must(err)
	return completed.Entry
}

// confirm is a member's word at a till that a sale of any till is hers.
func (w *proves) confirm(e *testkit.Enrolled, sale *ledger.Entry, at *testkit.Enrolled, account ledger.AccountID, proof ledger.Proof) error {
	_, err := e.Confirm(context.Background(), w.Clock.Now(), checkout.Confirmation{
		Of:  ledger.SaleRef{Terminal: at.Terminal, Day: sale.Day, ID: sale.Sale.ID, Entry: sale.ID},
		Who: checkout.Who{Account: account, Proof: proof},
	})
	return err
}

// has wants headquarters to have so many points of a member, and all to be in
// order.
func (w *proves) has(number string, want ledger.Points) {
	w.t.Helper()
	if got := w.points(number, "points"); got != want {
		w.t.Errorf("%s has %d points, want %d", ledger.MaskPhone(number), got, want)
	}
	w.whole(w.one, w.two)
}

func (w *proves) points(number string, unit ledger.Unit) (sum ledger.Points) {
	w.t.Helper()
	m, err := w.MemberByPhone(context.Background(), number)
	w.must(err)
	for _, b := range m.Balances {
		if b.Unit == unit {
			sum += b.Available + b.Escrowed + b.Pending - b.Receivable
		}
	}
	return sum
}

// refused wants so many confirms and claims to have been refused for a reason.
func (w *proves) refused(want int, reason string) {
	w.t.Helper()
	n := 0
	for _, e := range w.Told(event.NotClaimed) {
		if e.Reason == reason {
			n++
		}
	}
	if n != want {
		w.t.Errorf("%d were refused as %s, want %d: %v", n, reason, want, w.Told(event.NotClaimed))
	}
}

// A sale for a typed number gives nothing until she shows her card: at the same
// till by her next sale, at another, or at neither.
func TestConfirm(t *testing.T) {
	w := newProves(t)
	first := w.typed(w.one, e164, 10_000)
	w.exchange()
	w.has(e164, 0)
	w.soldTo(w.one, checkout.Who{Phone: e164, Proof: ledger.Presented}, 1000) // confirms it by itself
	w.exchange()
	w.has(e164, 100+7+10) // the daily rule once: the first sale drew on it, the second's is taken back
	if open, err := w.one.Unconfirmed(context.Background(), w.Clock.Now(), w.ana); err != nil || len(open) > 0 {
		t.Errorf("%d sales wait, %v", len(open), err)
	}
	w.must(w.confirm(w.one, first, w.one, w.ana, ledger.Presented)) // again: the same entry
	w.exchange()
	w.has(e164, 117)
	w.refused(0, "duplicate_claim")

	w.Clock.Advance(24 * time.Hour)
	second := w.typed(w.one, e164, 20_000)
	if err := w.confirm(w.two, second, w.one, w.ana, ledger.Claimed); !errors.Is(err, checkout.ErrWeakProof) {
		t.Errorf("with a typed number: %v", err)
	}
	w.must(w.confirm(w.two, second, w.one, w.ana, ledger.Presented))
	w.drain(w.two) // before the sale is known
	w.must(w.Work(context.Background()))
	w.has(e164, 117)
	w.must(w.confirm(w.one, second, w.one, w.ana, ledger.Presented))
	w.exchange()
	w.has(e164, 117+207)
	w.refused(1, "duplicate_claim")
}

// Only whom a sale names may confirm it, in time.
func TestConfirmRefused(t *testing.T) {
	w := newProves(t)
	sale := w.typed(w.one, e164, 10_000)
	if err := w.confirm(w.one, sale, w.one, w.ece, ledger.Verified); !errors.Is(err, checkout.ErrNotNamed) {
		t.Errorf("another, here: %v", err)
	}
	w.must(w.confirm(w.two, sale, w.one, w.ece, ledger.Verified))
	w.exchange()
	w.has(otherNumber, 0)
	w.refused(1, "not_named")
	nobodys := w.soldTo(w.one, checkout.Who{}, 5000)
	w.must(w.confirm(w.two, nobodys, w.one, w.ece, ledger.Verified))
	w.exchange()
	w.refused(1, "not_claimable")

	w.later(7)
	w.must(w.confirm(w.two, sale, w.one, w.ana, ledger.Presented)) // told late, made in time
	w.later(6)
	if err := w.confirm(w.one, sale, w.one, w.ana, ledger.Presented); !errors.Is(err, checkout.ErrConfirmLate) {
		t.Errorf("late: %v", err)
	}
	w.exchange()
	w.has(e164, 107)

	dropped := w.typed(w.one, e164, 10_000)
	w.exchange()
	w.later(8)
	w.must(w.confirm(w.two, dropped, w.one, w.ana, ledger.Presented))
	w.exchange()
	w.refused(1, "too_late")
	w.later(8)
	w.exchange()
	if n := len(w.Told(event.Dropped)); n != 2 { // and nobody's receipt
		t.Errorf("%d were dropped", n)
	}
	w.has(e164, 107)
}

// seen is a person's word at headquarters.
func seen(number string, sale *ledger.Entry) hq.Confirmation {
	return hq.Confirmation{Phone: number, Sale: sale.ID, Reason: "showed her card", Operator: "7"}
}

// Who shows at headquarters who she is confirms there.
func TestConfirmAtHeadquarters(t *testing.T) {
	w := newProves(t)
	ctx := context.Background()
	sale := w.typed(w.one, e164, 10_000)
	if _, err := w.ConfirmSale(ctx, seen(e164, sale)); !errors.Is(err, hq.ErrNotYet) {
		t.Errorf("a sale that is not here: %v", err)
	}
	w.exchange()
	if v, err := w.ConfirmSale(ctx, seen(otherNumber, sale)); v != ledger.NotNamed || err != nil {
		t.Errorf("another: %s, %v", v, err)
	}
	for range 2 {
		if v, err := w.ConfirmSale(ctx, seen(e164, sale)); v != ledger.Posted || err != nil {
			t.Errorf("she: %s, %v", v, err)
		}
		w.exchange()
	}
	w.has(e164, 107)
	if _, err := w.ConfirmSale(ctx, seen("+905329999999", sale)); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	id := sale.ID.String()
	if found, err := w.EntryEnding(ctx, id[len(id)-12:]); found != sale.ID || err != nil {
		t.Errorf("by the paper's digits: %s, %v", found, err)
	}
	if _, err := w.EntryEnding(ctx, "000000000000"); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("by digits of no entry: %v", err)
	}
	rows, err := w.History(ctx, e164, 50)
	w.must(err)
	told := 0
	for _, row := range rows {
		if row.Kind == ledger.Confirm && row.Reason == "showed her card" && row.Operator == "7" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the history tells of it %d times: %+v", told, rows)
	}
}

// A number that nobody has when its sale comes is confirmed once she enrolled.
func TestConfirmByNewMember(t *testing.T) {
	w := newProves(t)
	const number = "+905321234569"
	sale := w.typed(w.one, number, 10_000)
	ela, _, err := w.two.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: "ela", Phone: number})
	w.must(err)
	w.must(w.confirm(w.two, sale, w.one, w.ece, ledger.Presented)) // who else knows the sale
	w.must(w.confirm(w.two, sale, w.one, ela.Account, ledger.Presented))
	w.drain(w.one)
	w.must(w.Work(context.Background()))
	w.exchange()
	w.has(number, 107)
	w.has(otherNumber, 0)
	w.refused(1, "not_named")
}

// claim is a member's claim of a receipt at a till.
func (w *proves) claim(e *testkit.Enrolled, code string, account ledger.AccountID) error {
	_, err := e.Claim(context.Background(), w.Clock.Now(), checkout.ReceiptClaim{
		Code: code, Who: checkout.Who{Account: account, Proof: ledger.Presented},
	})
	return err
}

// receipt is a sale of nobody, and the code on its receipt.
func (w *proves) receipt(e *testkit.Enrolled, amounts ...ledger.Minor) (*ledger.Entry, string) {
	w.t.Helper()
	sale := w.soldTo(e, checkout.Who{}, amounts...)
	code, _ := e.ClaimCode(sale)
	if code == "" {
		w.t.Fatal("no code")
	}
	return sale, code
}

// A receipt without a member is claimed once, at whatever till, with what came
// back of it before and after; the first to arrive has it.
func TestClaim(t *testing.T) {
	w := newProves(t)
	sale, code := w.receipt(w.one, 10_000, 20_000)
	w.must(w.claim(w.two, strings.ToLower(strings.ReplaceAll(code, "-", " ")), w.ece))
	w.must(w.claim(w.one, code, w.ana))
	w.must(w.claim(w.one, code, w.ana)) // the same
	if err := w.claim(w.one, code, w.ece); !errors.Is(err, checkout.ErrClaimed) {
		t.Errorf("claimed here: %v", err)
	}
	w.drain(w.two) // before the sale
	w.must(w.Work(context.Background()))
	_, err := w.two.Return(context.Background(), w.Clock.Now(), checkout.Taking{
		Entry: w.two.NewEntry(), ID: "R-1", Of: ledger.SaleRef{Terminal: w.one.Terminal, Day: sale.Day, ID: sale.Sale.ID},
		Wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Gross: 5000}}}, Asked: []byte("x"),
	})
	w.must(err)
	w.exchange()
	// Whichever came first. The first line gave 100, and one of the daily seven.
	ana, ece := w.points(e164, "points"), w.points(otherNumber, "points")
	if ana+ece != 307-51 || min(ana, ece) != 0 {
		t.Errorf("one has %d, the other %d", ana, ece)
	}
	w.refused(1, "duplicate_claim")
	_, err = w.one.Void(context.Background(), w.Clock.Now(), checkout.Taking{Entry: w.one.NewEntry(), Of: ledger.SaleRef{Day: sale.Day, ID: sale.Sale.ID}})
	w.must(err)
	w.exchange()
	w.has(e164, 0)
	w.has(otherNumber, 0)
}

// What is no good is refused: at the till what it can know, the rest at
// headquarters.
func TestClaimRefused(t *testing.T) {
	w := newProves(t)
	sale, code := w.receipt(w.one, 10_000)
	last := code[len(code)-1]
	tampered := code[:len(code)-6] + "0" + code[len(code)-5:]
	if tampered == code {
		tampered = code[:len(code)-6] + "1" + code[len(code)-5:]
	}
	for _, bad := range []string{"", "LC1-", code[:len(code)-1], tampered, code + string(last)} {
		if err := w.claim(w.two, bad, w.ana); !errors.Is(err, checkout.ErrNoCode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	_, err := w.two.Claim(context.Background(), w.Clock.Now(), checkout.ReceiptClaim{Code: code, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed}})
	if !errors.Is(err, checkout.ErrWeakProof) {
		t.Errorf("with a typed number: %v", err)
	}
	// A code of another store's key looks like one of another store: it is taken,
	// and headquarters tells.
	foreign, err := ledger.ClaimCode{Sale: sale.ID, Day: sale.Day, Last: sale.Day, Earned: 1000}.Text(func(data []byte) ledger.Hash { return ledger.HashOf(data) })
	w.must(err)
	w.must(w.claim(w.two, foreign, w.ece))
	w.exchange()
	w.refused(1, "not_claimable")
	named, _ := w.one.ClaimCode(w.typed(w.one, e164, 1000))
	if named != "" {
		t.Errorf("a sale that names somebody has the code %s", named)
	}
	w.must(w.claim(w.one, code, w.ana)) // what was refused takes nothing
	w.exchange()
	w.has(e164, 107)

	// Two in a month, at one till and at both.
	for i, e := range []*testkit.Enrolled{w.one, w.two, w.one} {
		_, code := w.receipt(w.one, 1000)
		err := w.claim(e, code, w.ana)
		switch {
		case i == 2 && !errors.Is(err, checkout.ErrClaimLimit):
			t.Errorf("a third here: %v", err)
		case i < 2:
			w.must(err)
		}
	}
	w.exchange()
	w.refused(1, "limit_reached")
	w.has(e164, 117)

	_, code = w.receipt(w.one, 1000)
	w.exchange()
	w.later(8)
	if err := w.claim(w.one, code, w.ece); !errors.Is(err, checkout.ErrClaimLate) {
		t.Errorf("late: %v", err)
	}
	w.later(7)
	w.exchange()
	w.has(otherNumber, 0)
	if n := len(w.Told(event.Dropped)); n != 4 { // three receipts and the typed sale
		t.Errorf("%d were dropped", n)
	}
}

// Whatever comes back of a sale before and after she confirms it, and wherever
// what comes first: in the end she has what she would have, had she shown her
// card at once.
func TestConfirmedIsAsShown(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("12")
	}
	// Limits are no part of it: a till that took her for nobody drew on hers as if
	// she had drawn on none.
	w := newProves(t, "  - {id: daily, on: sale, limit: daily, give: {points: 7}}\n")
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number += 2
		c := &twins{proves: w, T: rt}
		for i := range c.number {
			c.number[i] = fmt.Sprintf("+9053212%05d", number+i)
			m, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{Asked: c.number[i], Phone: c.number[i]})
			w.must(err)
			c.account[i] = m.Account
		}
		w.exchange()
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			c.step()
		}
		w.exchange()
		for _, s := range c.sales {
			if !s.confirmed {
				w.must(w.confirm(w.two, s.typed, s.at, c.account[0], ledger.Presented))
			}
		}
		w.exchange()
		c.agree()
		w.later(15) // what is pending vests
		w.exchange()
		c.agree()
	})
	w.whole(w.one, w.two)
}

// twins are two members who buy and bring back the same: one types her number
// and confirms, the other shows her card.
type twins struct {
	*proves
	*rapid.T
	number  [2]string
	account [2]ledger.AccountID
	sales   []*twinSale
}

type twinSale struct {
	at           *testkit.Enrolled
	typed, shown *ledger.Entry
	confirmed    bool
	voided       bool
	returns      int
}

func (c *twins) step() {
	e := c.one
	if rapid.Bool().Draw(c.T, "at the other till") {
		e = c.two
	}
	var s *twinSale
	if len(c.sales) > 0 {
		s = c.sales[rapid.IntRange(0, len(c.sales)-1).Draw(c.T, "which")]
	}
	what := rapid.SampledFrom([]string{"buy", "buy", "return", "void", "confirm", "exchange", "day"}).Draw(c.T, "what")
	switch {
	case what == "buy" || s == nil:
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 90_000), 1, 3).Draw(c.T, "amounts")
		lines := make([]ledger.Minor, len(amounts))
		for i, a := range amounts {
			lines[i] = ledger.Minor(a)
		}
		c.sales = append(c.sales, &twinSale{
			at:    e,
			typed: c.soldTo(e, checkout.Who{Phone: c.number[0], Proof: ledger.Claimed}, lines...),
			shown: c.soldTo(e, checkout.Who{Phone: c.number[1], Proof: ledger.Presented}, lines...),
		})
	case what == "return" && !s.voided:
		part := ledger.Minor(rapid.Int64Range(1, int64(s.typed.Sale.Lines[0].Gross)).Draw(c.T, "part"))
		s.returns++
		for i, of := range []*ledger.Entry{s.typed, s.shown} {
			_, err := e.Return(context.Background(), c.Clock.Now(), checkout.Taking{
				Entry: e.NewEntry(), ID: fmt.Sprint(of.Sale.ID, "-", s.returns, "-", i),
				Of:   ledger.SaleRef{Terminal: s.at.Terminal, Day: of.Day, ID: of.Sale.ID},
				Wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Gross: part}}}, Asked: []byte("x"),
			})
			var more *loyalty.ExcessReturn
			if err != nil && !errors.As(err, &more) {
				c.must(err)
			}
		}
	case what == "void" && !s.voided:
		s.voided = true
		for _, of := range []*ledger.Entry{s.typed, s.shown} {
			_, err := e.Void(context.Background(), c.Clock.Now(), checkout.Taking{
				Entry: e.NewEntry(), Of: ledger.SaleRef{Terminal: s.at.Terminal, Day: of.Day, ID: of.Sale.ID},
			})
			var more *loyalty.ExcessReturn
			if err != nil && !errors.As(err, &more) {
				c.must(err)
			}
		}
	case what == "confirm":
		err := c.confirm(e, s.typed, s.at, c.account[0], ledger.Presented)
		if s.confirmed && errors.Is(err, checkout.ErrClaimed) {
			return // the till has heard of it
		}
		c.must(err)
		s.confirmed = true
	case what == "exchange":
		c.exchange()
	case what == "day":
		c.Clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(c.T, "hours")) * time.Hour)
	}
}

// agree wants both to have the same. A level that was reached is kept whatever
// comes back, and what is confirmed comes in another order than what is shown: it
// may be reached by one alone.
func (c *twins) agree() {
	c.t.Helper()
	for _, unit := range []ledger.Unit{"points", "later", "spend"} {
		if a, b := c.points(c.number[0], unit), c.points(c.number[1], unit); a != b {
			c.T.Fatalf("confirmed she has %d %s, shown %d", a, unit, b)
		}
	}
	var state [2]loyalty.Member
	for i := range state {
		m, err := c.two.Store.Member(context.Background(), c.account[i])
		c.must(err)
		state[i] = m
	}
	a, b := state[0], state[1]
	if a.State.Visits != b.State.Visits || fmt.Sprint(a.State.Progress) != fmt.Sprint(b.State.Progress) ||
		len(a.State.Statuses) != len(b.State.Statuses) || fmt.Sprint(a.State.Limits) != fmt.Sprint(b.State.Limits) {
		c.T.Fatalf("confirmed: %+v\nshown: %+v", a.State, b.State)
	}
}
