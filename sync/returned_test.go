package sync_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// customer is one member's sales at two tills and what came back of them.
type customer struct {
	*shop
	*rapid.T
	e164    string
	account ledger.AccountID
	sales   []*bought
	spent   int // sales that redeemed
}

// bought is a sale and what both tills took back of each line; all of a voided
// one.
type bought struct {
	at     *testkit.Enrolled
	entry  *ledger.Entry
	back   []ledger.Minor
	voided bool
	// own and other count its returns at its till and at the other one.
	own, other int
}

// Whatever two tills sell, redeem, take back and void, whichever comes to
// headquarters first, lost and repeated on the way: at the end the balance is
// what it would be had each come at once and in order, nothing is below zero,
// points are there or owed and never both, and everybody says the same.
func TestReturnsAgree(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("10")
	}
	w := &world{Headquarters: testkit.NewHeadquarters(t, testkit.Program(t, "per_terminal: 20000", "per_terminal: 2000000")), t: t}
	s := &shop{world: w, a: w.till(), b: w.till()}
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		c := &customer{shop: s, T: rt, e164: fmt.Sprintf("+9053212%05d", number)}
		c.enroll()
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			c.step()
		}
		c.undisturbed()
		s.settle(s.a, s.b)
		c.check()
		if c.spent == 0 {
			rt.Fatal("no sale redeemed anything: the property says less than it should")
		}
	})
}

// enroll makes a member who has bought something, and redeemed.
func (c *customer) enroll() {
	number, err := phone.Parse(c.e164, "TR")
	c.must(err)
	c.account = c.a.NewAccount()
	c.must(c.a.Till.Enroll(context.Background(), c.Clock.Now(), c.a.NewEntry(), c.account, number, ""))
	c.settle(c.a, c.b)
	e := c.till()
	c.sellAt(e)
	c.sell(e, false, 90_000) // so that there is something to redeem
	c.settle(c.a, c.b)
	c.sell(e, true, 60_000)
	c.settle(c.a, c.b)
}

func (c *customer) till() *testkit.Enrolled {
	return rapid.SampledFrom([]*testkit.Enrolled{c.a, c.b}).Draw(c.T, "till")
}

func (c *customer) step() {
	e := c.till()
	switch rapid.SampledFrom([]string{"sell", "sell", "return", "return", "elsewhere", "void", "disturb", "send", "receive"}).Draw(c.T, "step") {
	case "sell":
		c.sellAt(e)
	case "return":
		c.returnAt(e)
	case "elsewhere":
		c.returnElsewhere(e)
	case "void":
		c.void()
	case "disturb":
		faults := rapid.SliceOfN(rapid.SampledFrom([]testkit.Fault{testkit.LoseRequest, testkit.LoseAnswer, testkit.Twice}), 1, 4).Draw(c.T, "faults")
		e.Network.Disturb(func(hqsync.Request) testkit.Fault {
			if len(faults) == 0 {
				return testkit.None
			}
			next := faults[0]
			faults = faults[1:]
			return next
		})
	case "send":
		c.drain(e)
	case "receive":
		e.Network.Disturb(nil)
		c.pull(e)
	}
}

func (c *customer) undisturbed() {
	for _, e := range []*testkit.Enrolled{c.a, c.b} {
		e.Network.Disturb(nil)
		c.greet(e)
	}
}

// sellAt draws a sale.
func (c *customer) sellAt(e *testkit.Enrolled) {
	prices := rapid.SliceOfN(rapid.Int64Range(0, 90_000), 1, 3).Draw(c.T, "prices")
	c.sell(e, rapid.Bool().Draw(c.T, "redeem"), prices...)
}

func (c *customer) sell(e *testkit.Enrolled, redeem bool, prices ...int64) {
	ctx := context.Background()
	c.shop.sales++
	basket := checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", c.shop.sales), Currency: "TRY",
		Who: checkout.Who{Phone: c.e164, Proof: ledger.Claimed},
	}
	for _, price := range prices {
		gross := ledger.Minor(price)
		basket.Lines = append(basket.Lines, ledger.Line{Net: gross, Gross: gross, Quantity: 3})
	}
	member, err := e.Store.Member(ctx, c.account)
	c.must(err)
	if redeem && member.Balance(testkit.Points).Spendable >= 500 {
		basket.Redeem = testkit.Once("five")
	}
	done, err := e.Complete(ctx, c.Clock.Now(), basket)
	var refused *loyalty.RewardRefused
	if errors.As(err, &refused) {
		return // it costs less than the reward takes off
	}
	c.must(err)
	c.spent += len(done.Entry.Sale.Rewards)
	c.sales = append(c.sales, &bought{at: e, entry: done.Entry, back: make([]ledger.Minor, len(basket.Lines))})
}

// anySale draws one that a till has, or has not.
func (c *customer) anySale(e *testkit.Enrolled, has bool) *bought {
	var some []*bought
	for _, s := range c.sales {
		if (s.at == e) == has {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(c.T, "sale")]
}

// rest is what the sale's till knows to be left of it.
func (c *customer) rest(s *bought) *loyalty.Rest {
	returns, err := s.at.Store.Returns(context.Background(), s.entry.ID)
	c.must(err)
	var before []loyalty.Back
	for _, e := range returns {
		before = append(before, loyalty.BackOf(e))
	}
	rest, err := loyalty.RestOf(s.entry, before)
	c.must(err)
	return rest
}

func (c *customer) line(s *bought) ledger.ReturnedLine {
	i := rapid.IntRange(0, len(s.back)-1).Draw(c.T, "line")
	gross := s.entry.Sale.Lines[i].Gross
	if gross > 0 {
		gross = ledger.Minor(rapid.Int64Range(1, int64(gross)).Draw(c.T, "part"))
	}
	return ledger.ReturnedLine{Line: i, Gross: gross}
}

// returnAt takes back at the till of the sale.
func (c *customer) returnAt(e *testkit.Enrolled) {
	s := c.anySale(e, true)
	if s == nil {
		return
	}
	back, _, err := c.rest(s).Fit(loyalty.Wish{Lines: []ledger.ReturnedLine{c.line(s)}})
	c.must(err)
	c.write(e, s, ledger.Returned, back, s.entry.ID)
	s.own++
}

func (c *customer) void() {
	if len(c.sales) == 0 {
		return
	}
	s := rapid.SampledFrom(c.sales).Draw(c.T, "voided")
	back, _, err := c.rest(s).Fit(loyalty.Wish{All: true})
	c.must(err)
	c.write(s.at, s, ledger.Voided, back, s.entry.ID)
	s.voided = true
}

// returnElsewhere takes back at a till that does not have the sale.
func (c *customer) returnElsewhere(e *testkit.Enrolled) {
	s := c.anySale(e, false)
	if s == nil {
		return
	}
	c.write(e, s, ledger.Returned, loyalty.Back{Lines: []ledger.ReturnedLine{c.line(s)}}, ledger.EntryID{})
	s.other++
}

func (c *customer) write(e *testkit.Enrolled, s *bought, kind ledger.Kind, back loyalty.Back, sale ledger.EntryID) {
	c.shop.sales++
	id := e.NewEntry()
	entry := &ledger.Entry{
		V: ledger.Version, ID: id, Kind: kind, At: ledger.MillisOf(c.Clock.Now()), Store: "s1", Day: s.entry.Day, Operator: "-",
		Subject: ledger.SaleSubject(id), Program: s.entry.Program, Postings: back.Postings,
		Return: &ledger.Return{
			ID: fmt.Sprint("r", c.shop.sales), Receipt: "1", Currency: "TRY", Lines: back.Lines, Total: back.Total,
			Of: ledger.SaleRef{Terminal: s.at.Options.Terminal, Day: s.entry.Day, ID: s.entry.Sale.ID, Entry: sale},
		},
	}
	if !sale.IsZero() {
		entry.Subject = ledger.SaleSubject(sale)
	}
	body, err := entry.Encode()
	c.must(err)
	c.must(e.Store.Append(context.Background(), ledger.Record{Entry: entry, Body: body}))
	for _, line := range back.Lines {
		s.back[line.Line] += line.Gross
	}
}

// due is what a sale leaves once all that was said came back as far as it is
// left, in whatever order; off is by how much an order may differ until the
// rest comes back, because each till rounds down by what it knows.
func (s *bought) due(c *customer) (due, off ledger.Points) {
	var wish loyalty.Wish
	whole := true
	for i, line := range s.entry.Sale.Lines {
		if back := min(s.back[i], line.Gross); back > 0 {
			wish.Lines = append(wish.Lines, ledger.ReturnedLine{Line: i, Gross: back})
		}
		whole = whole && s.back[i] >= line.Gross
	}
	if s.voided {
		wish = loyalty.Wish{All: true}
	}
	rest, err := loyalty.RestOf(s.entry, nil)
	c.must(err)
	back, _, err := rest.Fit(wish)
	c.must(err)
	for _, p := range append(back.Postings, s.entry.Postings...) {
		if p.To == ledger.Available {
			due += p.Amount
		} else {
			due -= p.Amount
		}
	}
	if s.own > 0 && s.other > 0 && !whole && !s.voided {
		off = ledger.Points((s.own + s.other) * (len(s.back) + 1))
	}
	return due, off
}

func (c *customer) check() {
	ctx := context.Background()
	var due, off ledger.Points
	for _, s := range c.sales {
		more, by := s.due(c)
		due, off = due+more, off+by
	}
	member, err := c.MemberByPhone(ctx, c.e164)
	c.must(err)
	var b ledger.Balance
	if len(member.Balances) > 0 {
		b = member.Balances[0]
	}
	if b.Available < 0 || b.Receivable < 0 || b.Available > 0 && b.Receivable > 0 {
		c.Fatalf("balance %+v", b)
	}
	if have := b.Available + b.Escrowed - b.Receivable; have < due-off || have > due+off {
		c.Fatalf("%d are due, give or take %d; headquarters has %+v", due, off, b)
	}
	for _, e := range []*testkit.Enrolled{c.a, c.b} {
		m, err := e.Store.Member(ctx, c.account)
		c.must(err)
		if got := m.Balance(testkit.Points); got.Shown != b.Available+b.Escrowed || got.Owed != b.Receivable {
			c.Fatalf("a till shows %+v, headquarters has %+v", got, b)
		}
		report, err := e.Store.Verify(ctx, nil)
		c.must(err)
		if len(report.Findings) > 0 {
			c.Fatalf("till: %v", report.Findings)
		}
	}
	status, err := c.Status(ctx)
	c.must(err)
	found, err := findings(c.Fsck(ctx, nil))
	c.must(err)
	if status.Parked+status.Quarantined > 0 || len(found) > 0 {
		c.Fatalf("parked %d, quarantined %d, verify %v", status.Parked, status.Quarantined, found)
	}
}
