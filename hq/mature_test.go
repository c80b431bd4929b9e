package hq_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// shippedProgram is one of configs/programs, with its offline policy made wide.
func shippedProgram(t testing.TB, name string) *loyalty.Program {
	t.Helper()
	source, err := os.ReadFile("../configs/programs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	source = append(source, "\noffline: {share: 1/1, cap: 100000, per_terminal: 1000000}\n"...)
	p, err := loyalty.Load(source, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shopper is a member of a program who buys at one till, as that till writes it
// down.
type shopper struct {
	*till
	program *loyalty.Program
	subject ledger.Subject
	state   loyalty.Standing
}

func newShopper(t testing.TB, w *world, at *till, e164 string) *shopper {
	t.Helper()
	return &shopper{till: at, program: w.program, subject: ledger.SubjectOf(at.addMember(e164, ""))}
}

// buys evaluates a sale and writes its entry. It spends from the till's rights.
func (s *shopper) buys(lines []ledger.Line, tender string, redeem ...loyalty.Redemption) *ledger.Entry {
	s.Helper()
	var total ledger.Minor
	for _, l := range lines {
		total += l.Gross
	}
	out := s.evaluate(loyalty.Occasion{Basket: &loyalty.Basket{
		Currency: s.program.Currency(), Lines: lines, Tenders: []ledger.Tender{{Type: tender, Amount: total}}, Redeem: redeem,
	}})
	e := &ledger.Entry{
		Kind: ledger.Sold, Subject: s.subject, Day: out.Day, Proof: ledger.Verified, Program: new(s.program.Ref()),
		Sale: &ledger.Sale{
			ID: saleID(), Receipt: "1", Currency: s.program.Currency(), Lines: out.Lines, Rewards: out.Rewards, Total: out.Total,
			Tenders: []ledger.Tender{{Type: tender, Amount: total}},
		},
		Statuses: out.Statuses, Uses: out.Uses,
	}
	for _, cost := range out.Costs {
		e.Postings = append(e.Postings, s.pays(cost, out.Rewards[0].Reward)...)
	}
	earned, pledges := s.program.Pledge(out.Earned)
	e.Postings, e.Pledges = append(e.Postings, earned...), pledges
	return s.append(e, nil, nil)
}

func (s *shopper) evaluate(o loyalty.Occasion) loyalty.Outcome {
	s.Helper()
	o.At, o.Zone, o.Member = ledger.MillisOf(s.now()), istanbul, &s.state
	out, err := s.program.Evaluate(o)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

var istanbul, _ = time.LoadLocation("Europe/Istanbul")

// pays takes a cost out of the till's rights.
func (s *shopper) pays(cost loyalty.Cost, reward string) []ledger.Posting {
	s.Helper()
	for id, r := range s.rights {
		if r.Unit == cost.Unit && r.Amount >= cost.Amount {
			return []ledger.Posting{{
				Unit: cost.Unit, Amount: cost.Amount, From: ledger.Escrow(id), To: ledger.Redeemed, Reward: reward, Right: id,
			}}
		}
	}
	s.Fatalf("the till has no right to %d %s", cost.Amount, cost.Unit)
	return nil
}

// does writes an activity.
func (s *shopper) does(a ledger.Activity, referrer *shopper) *ledger.Entry {
	s.Helper()
	o := loyalty.Occasion{Activity: &loyalty.Activity{On: a.On, Name: a.Name, Ref: a.Ref, Value: a.Value}}
	e := &ledger.Entry{
		Kind: ledger.Done, Subject: s.subject, Day: "2026-11-22", Proof: ledger.Verified, Program: new(s.program.Ref()), Activity: &a,
	}
	if referrer != nil {
		o.Referrer = &referrer.state
	}
	out := s.evaluate(o)
	e.Postings, e.Pledges = s.program.Pledge(out.Earned)
	e.Uses = out.Uses
	if referrer != nil {
		account, _ := referrer.subject.Account()
		e.Referral = &ledger.Referral{Account: account, Uses: out.ReferrerUses}
		e.Referral.Postings, e.Referral.Pledges = s.program.Pledge(out.ToReferrer)
	}
	return s.append(e, nil, nil)
}

// has is what headquarters says of a member, as "unit available+escrowed/pending".
func (w *world) has(e164 string) string {
	var all []string
	for _, b := range w.member(e164).Balances {
		if b.Available+b.Escrowed+b.Pending+b.Receivable == 0 {
			continue
		}
		text := fmt.Sprintf("%s %d", b.Unit, b.Available+b.Escrowed)
		if b.Pending > 0 {
			text += fmt.Sprintf(" pending %d", b.Pending)
		}
		if b.Receivable > 0 {
			text += fmt.Sprintf(" owed %d", b.Receivable)
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (w *world) wants(when, e164, want string) {
	w.Helper()
	if got := w.has(e164); got != want {
		w.Fatalf("%s: she has %q, want %q", when, got, want)
	}
}

// days lets time pass as headquarters sees it: one step of work a day.
func (w *world) days(n int) {
	for range n {
		w.pass(24 * time.Hour)
		w.work()
	}
}

// Cash that waited thirty days becomes available on its day, and a certificate
// by itself; the certificate is set aside at her till, which alone can use it.
func TestCashBackMatures(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "cash-back.yaml"))
	a := w.newTill("lane 1")
	s := newShopper(t, w, a, ayse)
	s.buys([]ledger.Line{{Net: 45000, Gross: 45000, Quantity: 1}}, "key_card")
	a.sync()
	w.wants("bought", ayse, "cash 0 pending 2250")
	w.days(29)
	w.wants("a day early", ayse, "cash 0 pending 2250")
	w.days(1)
	w.wants("on its day", ayse, "cash 250, voucher.certificate 1")
	a.pull() // nothing was placed at it while it was silent
	a.sync()
	s.state.Vouchers = []loyalty.Held{{Reward: "certificate", Count: 1}}
	sale := s.buys([]ledger.Line{{Net: 12000, Gross: 12000, Quantity: 1}}, "cash", loyalty.Redemption{Reward: "certificate", Times: 1})
	a.sync()
	w.wants("used", ayse, "cash 250 pending 200")
	a.comeBack(sale, nil, loyalty.Wish{All: true})
	a.sync()
	w.wants("all of it came back", ayse, "cash 250, voucher.certificate 1")
	w.days(180)
	w.wants("the certificate's time is over", ayse, "cash 250")
	w.days(160)
	w.wants("so is the cash's", ayse, "")
	w.clean()
}

// An activity counts once in the chain, whatever two tills say; what a friend
// brings reaches her referrer once, and her tenth friend a voucher.
func TestActivities(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "engagement.yaml"))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	kim := newShopper(t, w, a, phoneNumber(1))
	a.sync()
	b.pull()
	lee := newShopper(t, w, b, phoneNumber(2))
	lee.state.Referrals = 10
	b.sync()
	kim.does(ledger.Activity{On: "check_in", Ref: "c-1"}, nil)
	a.sync()
	again := *kim
	again.till = b
	again.does(ledger.Activity{On: "check_in", Ref: "c-1"}, nil)
	b.sync()
	w.wants("checked in twice under one ref", phoneNumber(1), "points 5")
	kim.does(ledger.Activity{On: "referral", Name: "first_purchase", Ref: "r-1", Value: 2500}, lee)
	a.sync()
	w.wants("the friend", phoneNumber(1), "points 30")
	w.wants("her referrer", phoneNumber(2), "points 25, voucher.tote 1")
	a.sync()
	w.wants("once", phoneNumber(2), "points 25, voucher.tote 1")
	w.clean()
}

// What is remembered of a member reaches the tills: her tier, what she drew on
// limits, a status she bought.
func TestMemory(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "tiered-points.yaml"))
	a := w.newTill("lane 1")
	s := newShopper(t, w, a, ayse)
	s.buys([]ledger.Line{{Net: 40000, Gross: 40000, Quantity: 1}}, "cash")
	a.sync()
	account, _ := s.subject.Account()
	row := a.rows["account "+account.String()].Account
	if row == nil || !strings.Contains(string(row.State), `"kept":[{"name":"vib","is":"2028-01-01"}]`) || !strings.Contains(string(row.State), `"visits":1`) {
		t.Errorf("the feed's row remembers %s", row.State)
	}
	w.clean()
}

// What two tills gave beyond a limit, neither knowing of the other, is taken
// back by a correction with its reason; what each told stays told.
func TestCapExceeded(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "engagement.yaml"))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	kim := newShopper(t, w, a, ayse)
	a.sync()
	b.pull()
	elsewhere := *kim
	elsewhere.till = b
	kim.does(ledger.Activity{On: "check_in", Ref: "c-1"}, nil)
	elsewhere.does(ledger.Activity{On: "check_in", Ref: "c-2"}, nil)
	for i := range 3 {
		kim.does(ledger.Activity{On: "event_attended", Ref: fmt.Sprint("a", i)}, nil)
		elsewhere.does(ledger.Activity{On: "event_attended", Ref: fmt.Sprint("b", i)}, nil)
	}
	a.sync()
	b.sync()
	// One check-in of two, and six events at 20 within what 100 leave: 5 + 95, which
	// is a voucher.
	w.wants("both heard", ayse, "voucher.ten 1")
	if n := w.told(event.Cap); n != 3 {
		t.Errorf("%d were told, want the second check-in, 5 of the fifth event and the sixth", n)
	}
	w.clean()
}

// A sale whose rule was cut at headquarters takes back no more than it left.
func TestReturnAfterCap(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "item-rewards.yaml"))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	ann := newShopper(t, w, a, ayse)
	a.sync()
	b.pull()
	elsewhere := *ann
	elsewhere.till = b
	fruit := []ledger.Line{{Net: 2000, Gross: 2000, Quantity: 1, Categories: []string{"fresh_fruit"}}, {Net: 2000, Gross: 2000, Quantity: 1, Categories: []string{"fresh_fruit"}}}
	ann.buys(fruit, "cash")
	a.sync()
	second := elsewhere.buys(fruit, "cash")
	b.sync()
	w.wants("5.00 a month", ayse, "cash 500")
	b.comeBack(second, nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0}}})
	b.sync()
	// All is set aside at tills, so it is owed.
	w.wants("100 of the first line's were left to it", ayse, "cash 500 owed 100")
	b.comeBack(second, nil, loyalty.Wish{All: true})
	b.sync()
	w.wants("nothing of it is left", ayse, "cash 500 owed 100")
	w.clean()
}

// A voucher that a limit decides is only promised at a till, and given here: to
// two tills that both promised it, once.
func TestPledgesAreKept(t *testing.T) {
	p, err := loyalty.Load([]byte(`
program: p
version: 1
currency: USD
announced: 2026-01-01
effective: 2026-01-01
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
limits: {once: {uses: 1, every: ever}}
rules:
  - {id: base, on: sale, give: {points: 1/100}}
  - {id: welcome, on: sale, limit: once, issue: cup}
rewards:
  - {id: cup, grant_only: true, benefit: {item: coffee}, voucher: P90D}
`), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOf(t, p)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	s := newShopper(t, w, a, ayse)
	a.sync()
	b.pull()
	elsewhere := *s
	elsewhere.till = b
	first := s.buys([]ledger.Line{{Net: 100, Gross: 100, Quantity: 1}}, "cash")
	elsewhere.buys([]ledger.Line{{Net: 100, Gross: 100, Quantity: 1}}, "cash")
	if len(first.Pledges) != 1 || len(first.Postings) != 1 {
		t.Fatalf("the till gave %v and promised %v", first.Postings, first.Pledges)
	}
	a.sync()
	w.wants("promised by one", ayse, "points 1, voucher.cup 1")
	b.sync()
	w.wants("promised by both", ayse, "points 2, voucher.cup 1")
	w.clean()
}
