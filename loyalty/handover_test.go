package loyalty_test

import (
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// handing is a program whose points end, with a unit that only counts.
const handing = `
program: handing
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {expires: {after: P6M}}, spend: {spendable: false}}
rules: [{id: base, on: sale, each: line, give: {points: 1/100, spend: 1/1}}]
`

// What goes from one account to another leaves in order of spending, arrives whole,
// keeps when it ends, and pays what is owed there first; what is not free, or only
// counts, does not leave.
func TestHandOver(t *testing.T) {
	p, err := loyalty.Load([]byte(handing), "handing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	from, to := &loyalty.Account{Of: "a"}, &loyalty.Account{Of: "b"}
	at := func(month time.Month) loyalty.Moment {
		return loyalty.Moment{At: ledger.MillisOf(time.Date(2026, month, 5, 12, 0, 0, 0, time.UTC))}
	}
	for i, month := range []time.Month{3, 4} {
		var points ledger.Points = 100
		posting := ledger.Posting{Unit: "points", Amount: points, From: ledger.Issued, To: ledger.Available}
		ends := ledger.MillisOf(time.Date(2026, month+6, 6, 0, 0, 0, 0, time.UTC))
		posting.Lot = &ledger.LotTerms{ExpiresAt: ends}
		_, err := from.Post(p, loyalty.Posted{
			Entry: ledger.EntryID{byte(i + 1)}, Kind: ledger.Sold, Moment: at(month), On: "sale",
			Postings: []ledger.Posting{posting, {Unit: "spend", Amount: 5, From: ledger.Issued, To: ledger.Available}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	owes := ledger.Posting{Unit: "points", Amount: 30, From: ledger.Available, To: ledger.Adjusted}
	if _, err := to.Adjust(p, loyalty.Adjusted{Entry: ledger.EntryID{7}, Moment: at(4), Posting: owes}); err != nil {
		t.Fatal(err)
	}

	before := from.Clone()
	for unit, amount := range map[ledger.Unit]ledger.Points{"points": 201, "spend": 1} {
		var lacks *loyalty.LacksUnits
		_, err := from.HandOver(p, ledger.EntryID{8}, at(5), []loyalty.Amount{{Unit: unit, Amount: amount}})
		if !errors.As(err, &lacks) || lacks.Unit != unit || from.Purse("points").Available != before.Purse("points").Available {
			t.Errorf("%d %s leave: %v", amount, unit, err)
		}
	}
	if _, err := from.HandOver(p, ledger.EntryID{8}, at(5), []loyalty.Amount{{Unit: "none", Amount: 1}}); !errors.Is(err, loyalty.ErrNoUnit) {
		t.Errorf("a unit that the program does not have leaves: %v", err)
	}
	out, err := from.HandOver(p, ledger.EntryID{8}, at(5), []loyalty.Amount{{Unit: "points", Amount: 150}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.TakeOver(p, ledger.EntryID{9}, at(5), out.Postings()); err != nil {
		t.Fatal(err)
	}
	if left, came := from.Purse("points"), to.Purse("points"); left.Available != 50 || came.Available != 120 || came.Receivable != 0 {
		t.Errorf("%+v is left, %+v came", left, came)
	}
	if ends := from.Ends("points", time.UTC); ends != "2026-10-06" {
		t.Errorf("what is left ends on %s", ends)
	}
	if ends := to.Ends("points", time.UTC); ends != "2026-09-06" || to.State.Joined != "2026-05-05" {
		t.Errorf("what came ends on %s, joined %s", ends, to.State.Joined)
	}
}
