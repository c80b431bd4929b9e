package report_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3" // the independent path: SQL over the raw bodies

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/report"
)

// random makes a till's journal as it may come to be: members and strangers,
// rewards, returns, sales that come late to another day, operators, epochs that
// write entries again, a store that is closed and opened.
type random struct {
	t       *testing.T
	ctx     context.Context
	rand    *rand.Rand
	till    *testkit.Till
	members []ledger.AccountID
	sold    []*ledger.Entry
}

var (
	days      = []ledger.Date{"2026-11-20", "2026-11-21", "2026-11-22"}
	operators = []string{"", "ayse", "mehmet", "=cmd"}
	reasons   = []string{"torn bag", "late delivery", "was her sister's"}
)

func newRandom(t *testing.T, seed uint64) *random {
	r := &random{
		t: t, ctx: context.Background(), rand: rand.New(rand.NewPCG(seed, 0)),
		till: testkit.NewTill(t, testkit.Program(t)),
	}
	r.till.ManagerAbove = 500
	return r
}

func (r *random) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *random) step() {
	r.till.Clock.Advance(time.Duration(r.rand.IntN(60)) * time.Second)
	switch n := r.rand.IntN(100); {
	case n < 10:
		r.enroll()
	case n < 20 && len(r.sold) > 0:
		r.comeBack(r.sold[r.rand.IntN(len(r.sold))])
	case n < 30 && n > 20 && len(r.members) > 0:
		r.adjust()
	case n == 20:
		r.must(r.till.Store.OpenEpoch(r.ctx, 0, ledger.Head{}))
		r.till.Greet()
	default:
		r.sell()
	}
}

func (r *random) enroll() {
	number, err := phone.Parse(fmt.Sprintf("0532%07d", len(r.members)+1), "TR")
	r.must(err)
	account := r.till.NewAccount()
	r.must(r.till.Enroll(r.ctx, r.till.Clock.Now(), r.till.NewEntry(), account, number, ""))
	r.till.Give(account, 2000)
	r.members = append(r.members, account)
}

func (r *random) sell() {
	b := checkout.Basket{
		Entry: r.till.NewEntry(), SaleID: fmt.Sprint("S", len(r.sold)), Currency: "TRY",
		Day: days[r.rand.IntN(len(days))], Operator: operators[r.rand.IntN(len(operators))],
		Asked: []byte{byte(len(r.sold)), byte(len(r.sold) >> 8)},
	}
	for range 1 + r.rand.IntN(3) {
		amount := ledger.Minor(500 + r.rand.IntN(100_000))
		b.Lines = append(b.Lines, ledger.Line{Net: amount, Gross: amount, Quantity: 1})
	}
	switch {
	case r.rand.IntN(4) == 0: // nobody
	case r.rand.IntN(6) == 0:
		b.Who = checkout.Who{Phone: fmt.Sprintf("0533%07d", r.rand.IntN(100)), Proof: ledger.Claimed}
	case len(r.members) > 0:
		b.Who = checkout.Who{Account: r.members[r.rand.IntN(len(r.members))], Proof: ledger.Claimed}
		if r.rand.IntN(4) == 0 {
			b.Redeem = testkit.Once("five")
		}
	}
	completed, err := r.till.Complete(r.ctx, r.till.Clock.Now(), b)
	if len(b.Redeem) > 0 && err != nil {
		return // her points are spent
	}
	r.must(err)
	r.sold = append(r.sold, completed.Entry)
}

// adjust changes by hand what somebody has.
func (r *random) adjust() {
	amount := ledger.Points(1 + r.rand.IntN(500))
	if r.rand.IntN(2) == 0 {
		amount = -amount
	}
	id := r.till.NewEntry().String()
	_, err := r.till.Adjust(r.ctx, r.till.Clock.Now(), checkout.Adjusting{
		ID: id, Who: checkout.Who{Account: r.members[r.rand.IntN(len(r.members))], Proof: ledger.Claimed}, Amount: amount,
		Reason: reasons[r.rand.IntN(len(reasons))], Operator: operators[r.rand.IntN(len(operators))], Asked: []byte(id),
	})
	r.must(err)
}

// comeBack writes that some of a sale came back. How much may is not the
// report's business.
func (r *random) comeBack(sale *ledger.Entry) {
	e := &ledger.Entry{
		V: ledger.Version, ID: r.till.NewEntry(), Kind: ledger.Returned, At: ledger.MillisOf(r.till.Clock.Now()), Store: "s1",
		Day: days[r.rand.IntN(len(days))], Operator: operators[r.rand.IntN(len(operators))], Subject: ledger.SaleSubject(sale.ID),
		Program: sale.Program,
	}
	if r.rand.IntN(3) == 0 {
		e.Kind = ledger.Voided
	}
	e.Return = &ledger.Return{
		ID: e.ID.String(), Receipt: "1", Currency: "TRY", Total: ledger.Minor(1 + r.rand.IntN(500)),
		Of: ledger.SaleRef{Terminal: r.till.Options.Terminal, Day: sale.Day, ID: sale.Sale.ID, Entry: sale.ID},
	}
	for _, p := range sale.Postings {
		back := ledger.Posting{Unit: p.Unit, Amount: p.Amount, From: ledger.Available, To: ledger.Issued}
		if p.To == ledger.Redeemed {
			back.From, back.To = ledger.Redeemed, ledger.Available
		}
		e.Postings = append(e.Postings, back)
	}
	body, err := e.Encode()
	r.must(err)
	r.must(r.till.Store.Append(r.ctx, ledger.Record{Entry: e, Body: body, Request: ledger.HashOf(body)}))
}

// sums are what a report and SQL both say.
type sums struct {
	Sales, Members, Unknown, Returns, Voids, Enrolled          int64
	Amount, MemberAmount, Rewards, Returned, Voided            int64
	Earned, Unclaimed, Redeemed, TakenBack, GivenBack, Entries int64
	Hands, Given, Taken, Torn                                  int64
}

func said(s report.Sums, entries int) sums {
	out := sums{
		Sales: s.Sales, Members: s.MemberSales, Unknown: s.UnknownSales, Returns: s.Returns, Voids: s.Voids,
		Enrolled: s.Enrolled, Entries: int64(entries),
	}
	for _, m := range s.Money {
		out.Amount, out.MemberAmount, out.Rewards = int64(m.Sales), int64(m.MemberSales), int64(m.Rewards)
		out.Returned, out.Voided = int64(m.Returned), int64(m.Voided)
	}
	for _, u := range s.Units {
		out.Earned, out.Unclaimed, out.Redeemed = int64(u.Earned), int64(u.Unclaimed), int64(u.Redeemed)
		out.TakenBack, out.GivenBack = int64(u.TakenBack), int64(u.GivenBack)
		out.Hands, out.Given, out.Taken = u.Adjusted.Times, int64(u.Adjusted.Given), int64(u.Adjusted.Taken)
		for _, r := range u.Adjusted.Reasons {
			if r.Reason == "torn bag" {
				out.Torn = r.Times
			}
		}
	}
	return out
}

// recomputed are the sums of the raw bodies, each distinct one once, by SQLite
// alone.
func (r *random) recomputed(day ledger.Date, operator string) (s sums) {
	r.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(r.till.Options.Dir, "journal.db")+"?mode=ro")
	r.must(err)
	defer db.Close()
	err = db.QueryRow(`
		WITH entry AS (
			SELECT DISTINCT body, body ->> 'kind' AS kind, length(body ->> 'subject') = 36 AS member,
				body ->> 'subject' LIKE 'suspect:%' AS unknown
			FROM journal
			WHERE body ->> 'business_day_date' = ?1
				AND (?2 = '*' OR coalesce(body ->> 'operator_id', '-') = ?2)),
		posting AS (
			SELECT entry.member, p.value ->> 'from' AS source, p.value ->> 'to' AS target, p.value ->> 'amount' AS amount
			FROM entry, json_each(body, '$.postings') p)
		SELECT
			count(*) FILTER (WHERE kind = 'sale'),
			count(*) FILTER (WHERE kind = 'sale' AND member),
			count(*) FILTER (WHERE kind = 'sale' AND unknown),
			count(*) FILTER (WHERE kind = 'return'), count(*) FILTER (WHERE kind = 'void'),
			count(*) FILTER (WHERE kind = 'enroll'),
			coalesce(sum(body ->> '$.sale.total'), 0),
			coalesce(sum(body ->> '$.sale.total') FILTER (WHERE member), 0),
			(SELECT coalesce(sum(w.value ->> 'discount_amount'), 0) FROM entry, json_each(body, '$.sale.rewards') w),
			coalesce(sum(body ->> '$.return.total') FILTER (WHERE kind = 'return'), 0),
			coalesce(sum(body ->> '$.return.total') FILTER (WHERE kind = 'void'), 0),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE source = 'program:issued'),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE source = 'program:issued' AND NOT member),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE target = 'program:redeemed'),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE target = 'program:issued'),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE source = 'program:redeemed'),
			count(*),
			count(*) FILTER (WHERE kind = 'adjust'),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE source = 'program:adjusted'),
			(SELECT coalesce(sum(amount), 0) FROM posting WHERE target = 'program:adjusted'),
			count(*) FILTER (WHERE body ->> '$.adjust.reason' = 'torn bag')
		FROM entry`, string(day), operator).
		Scan(&s.Sales, &s.Members, &s.Unknown, &s.Returns, &s.Voids, &s.Enrolled, &s.Amount, &s.MemberAmount, &s.Rewards,
			&s.Returned, &s.Voided, &s.Earned, &s.Unclaimed, &s.Redeemed, &s.TakenBack, &s.GivenBack, &s.Entries,
			&s.Hands, &s.Given, &s.Taken, &s.Torn)
	r.must(err)
	return s
}

// Whatever a till wrote, its reports say what SQL over the raw bodies says: by
// day, by operator, each entry once.
func TestTotalsTieToTheJournal(t *testing.T) {
	t.Parallel()
	seen := sums{}
	for seed := range uint64(3) {
		r := newRandom(t, seed)
		for range 150 {
			r.step()
		}
		for _, day := range days {
			till := report.Till{StoreID: "s1", Terminal: r.till.Options.Terminal, Zone: istanbul}
			d, err := report.OfDay(r.ctx, r.till.Store, till, day, ledger.MillisOf(r.till.Clock.Now()), nil)
			r.must(err)
			all := said(d.All, d.Entries)
			if diff := cmp.Diff(r.recomputed(day, "*"), all); diff != "" {
				t.Errorf("seed %d, %s: %s", seed, day, diff)
			}
			for _, o := range d.Operators {
				want := r.recomputed(day, o.ID)
				want.Entries = 0
				if diff := cmp.Diff(want, said(o.Sums, 0)); diff != "" {
					t.Errorf("seed %d, %s, operator %q: %s", seed, day, o.ID, diff)
				}
			}
			if all.Rewards > 0 && all.Unclaimed > 0 && all.GivenBack > 0 && all.Enrolled > 0 && all.Voids > 0 && all.Torn > 0 && all.Taken > 0 {
				seen = all
			}
		}
		found, err := r.till.Store.Verify(r.ctx, nil)
		r.must(err)
		for _, f := range found.Findings {
			t.Errorf("seed %d: verify: %v", seed, f)
		}
	}
	if seen == (sums{}) {
		t.Error("no day had everything in it")
	}
}
