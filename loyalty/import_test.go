package loyalty_test

import (
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// importing is a program whose points end, whose miles end with idleness, and whose
// nights only count towards a level.
const importing = `
program: importing
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {pending: P10D, expires: {after: P6M}}, miles: {expires: {idle: P1M}}, nights: {spendable: false}}
rules: [{id: base, on: sale, each: line, give: {points: 1/100, miles: 1/100, nights: 1/1}}]
tiers: {of: nights, window: P12M, keep: P12M, levels: {base: 0, gold: 100}}
`

// What a member brings is there at once and ends as if she had earned it on the
// day that the file says, pays what she owes, counts towards a level only where it
// cannot be spent, and is not idle since she joined long ago.
func TestImport(t *testing.T) {
	p, err := loyalty.Load([]byte(importing), "importing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := loyalty.Moment{At: ledger.MillisOf(time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))}
	a := &loyalty.Account{Of: "a"}
	owes := ledger.Posting{Unit: "points", Amount: 30, From: ledger.Available, To: ledger.Adjusted}
	if _, err := a.Adjust(p, loyalty.Adjusted{Entry: ledger.EntryID{7}, Moment: at, Posting: owes}); err != nil {
		t.Fatal(err)
	}
	brings := loyalty.Imported{
		Entry: ledger.EntryID{8}, Moment: at, Joined: "2019-03-01", EarnedOn: "2026-03-05",
		Amounts: []loyalty.Amount{{Unit: "points", Amount: 200}, {Unit: "miles", Amount: 50}, {Unit: "nights", Amount: 100}},
	}
	if _, err := a.Import(p, brings); err != nil {
		t.Fatal(err)
	}
	points := a.Purse("points")
	ends := ledger.MillisOf(time.Date(2026, 9, 5, 0, 0, 0, 0, time.UTC))
	if points.Available != 170 || points.Pending != 0 || points.Receivable != 0 || points.Lots[0].Terms.ExpiresAt != ends {
		t.Errorf("points: %+v", points)
	}
	if a.State.Joined != "2019-03-01" || a.State.Active != "2026-05-20" || a.State.Visits != 0 {
		t.Errorf("state: %+v", a.State)
	}
	if _, gold := a.State.Kept["gold"]; !gold {
		t.Errorf("levels: %v", a.State.Kept)
	}
	passed := func(month time.Month, day int) ledger.Points {
		t.Helper()
		m := loyalty.Moment{At: ledger.MillisOf(time.Date(2026, month, day, 12, 0, 0, 0, time.UTC))}
		if _, err := a.Pass(p, m, loyalty.Profile{}); err != nil {
			t.Fatal(err)
		}
		return a.Purse("miles").Available
	}
	if left := passed(6, 19); left != 50 {
		t.Errorf("idle for less than a month: %d miles", left)
	}
	if left := passed(6, 21); left != 0 {
		t.Errorf("idle for a month: %d miles", left)
	}
}

// What cannot be is told in words, and changes nothing.
func TestImportRefuses(t *testing.T) {
	p, err := loyalty.Load([]byte(importing), "importing.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := loyalty.Moment{At: ledger.MillisOf(time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))}
	for want, in := range map[string]loyalty.Imported{
		"joined: 2026-05-21 is still to come":    {Joined: "2026-05-21"},
		"earned_on: 2027-01-01 is still to come": {EarnedOn: "2027-01-01"},
		"ended on 2026-05-20":                    {EarnedOn: "2025-11-20", Amounts: []loyalty.Amount{{Unit: "points", Amount: 5}}},
		"no such unit":                           {Amounts: []loyalty.Amount{{Unit: "stars", Amount: 5}}},
		"above zero":                             {Amounts: []loyalty.Amount{{Unit: "points"}}},
	} {
		in.Entry, in.Moment = ledger.EntryID{8}, at
		a := &loyalty.Account{Of: "a"}
		if _, err := a.Import(p, in); err == nil || !strings.Contains(err.Error(), want) || a.State.Rows != 0 {
			t.Errorf("%v, want %q; state %+v", err, want, a.State)
		}
	}
}
