package loyalty_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func lines1(net ledger.Minor, categories ...string) []ledger.Line {
	return []ledger.Line{line(net, categories...)}
}

func lineOf(i int) loyalty.Wish { return loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: i}}} }

const pointsRule = "rules: [{id: base, on: sale, each: line, give: {points: 1/100}}]"

// A year of a member of the tiered program.
func TestTieredYear(t *testing.T) {
	o := member(t, shipped(t, "tiered-points.yaml"))
	o.buy("2026-03-10", "S1", lines1(34999)).wants("2026-03-10", "points 349 ends 2027-03-10", "spend 34999", "insider")
	// The sale that reaches a level is still of the one before.
	o.buy("2026-03-11", "S2", lines1(10000)).wants("2026-03-11", "points 449 ends 2027-03-11", "spend 44999", "vib")
	o.buy("2026-03-12", "S3", lines1(10000)).wants("2026-03-12", "points 574 ends 2027-03-12", "spend 54999", "vib")
	out, err := o.sell("2026-03-13", "S4", []ledger.Line{line(3000), line(1500)}, loyalty.Redemption{Reward: "cash10", Times: 1})
	if err != nil || out.Total != 3500 {
		t.Fatal(out, err)
	}
	o.wants("2026-03-13", "points 117 ends 2027-03-13", "spend 58499", "vib")
	// What the level was reached by comes back; the level stays inside its keep.
	o.back("2026-03-20", "S1", loyalty.Wish{All: true})
	o.wants("2026-03-20", "points 0 owed 232", "spend 23500", "vib")
	o.wants("2027-12-31", "points 0 owed 232", "spend 23500", "vib")
	o.wants("2028-01-01", "points 0 owed 232", "spend 23500", "insider")
	o.buy("2028-01-02", "S5", lines1(30000)).wants("2028-01-02", "points 68 ends 2029-01-02", "spend 53500", "insider")
	// Ten off gives its 500 back; a void of it takes 43 and gives 500.
	o.back("2028-01-03", "S4", loyalty.Wish{Void: true})
	o.check()
}

// An account that cannot pay is refused, and nothing changes.
func TestNotEnough(t *testing.T) {
	o := member(t, language(t, "units: {points: {}}", pointsRule, "rewards: [{id: five, cost: {points: 5}, benefit: {discount: 100}}]"))
	o.buy("2026-02-01", "S1", lines1(400))
	before := o.json(o.a)
	_, err := o.sell("2026-02-02", "S2", lines1(100000), loyalty.Redemption{Reward: "five", Times: 1})
	var no *loyalty.NoRedeem
	if !errors.As(err, &no) || no.Reason != loyalty.NoRight || o.json(o.a) != before {
		t.Errorf("%v: points of a sale are not spendable in that sale", err)
	}
	o.buy("2026-02-03", "S3", lines1(100)).buy("2026-02-04", "S4", lines1(100), "five").wants("2026-02-04")
}

// What the whole balance lacks is owed, and the next units pay it first.
func TestReceivable(t *testing.T) {
	p := language(t, "units: {points: {pending: P10D}}", pointsRule, "rewards: [{id: off, cost: {points: 10}, benefit: {discount: 100}}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(1000)).wants("2026-02-01", "points 0 pending 10")
	o.buy("2026-02-02", "S2", lines1(700)).wants("2026-02-11", "points 10 pending 7")
	o.buy("2026-02-11", "S3", lines1(100), "off").wants("2026-02-11", "points 0 pending 7")
	// Its own lot is spent, and what others wait for is not taken.
	o.back("2026-02-11", "S1", loyalty.Wish{All: true}).wants("2026-02-11", "points 0 pending 7 owed 10")
	o.wants("2026-02-12", "points 0 owed 3")
	o.buy("2026-02-13", "S4", lines1(500)).wants("2026-02-13", "points 0 pending 2")
	o.back("2026-02-13", "S3", loyalty.Wish{All: true}).wants("2026-02-13", "points 10 pending 2")
	// Of its own units, a pending sale has only what did not pay a debt.
	o.back("2026-02-14", "S4", loyalty.Wish{All: true}).wants("2026-02-14", "points 7")
	o.check()
}

// A claw-back takes from the sale's own lot first, then from others in the order
// of spending.
func TestClawBackOrder(t *testing.T) {
	p := language(t, "units: {points: {expires: {after: P2M}}}", pointsRule, "rewards: [{id: off, cost: {points: 1}, benefit: {discount: 1}, repeat: true}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(1000)).buy("2026-02-02", "S2", lines1(1000)).buy("2026-02-03", "S3", lines1(1000))
	left := func(want ...ledger.Points) {
		t.Helper()
		for i, l := range o.a.Purses["points"].Lots {
			if l.Left != want[i] {
				t.Errorf("lot %d has %d, want %v", i, l.Left, want)
			}
		}
	}
	o.back("2026-02-04", "S2", loyalty.Wish{Gross: 400})
	left(10, 6, 10)
	if _, err := o.sell("2026-02-05", "S4", lines1(100), loyalty.Redemption{Reward: "off", Times: 13}); err != nil {
		t.Fatal(err)
	}
	left(0, 3, 10, 0)
	o.back("2026-02-06", "S2", loyalty.Wish{All: true})
	left(0, 0, 7, 0)
	o.back("2026-02-07", "S4", loyalty.Wish{Gross: 50})
	left(6, 0, 7, 0)
	o.back("2026-02-08", "S4", loyalty.Wish{All: true})
	left(10, 3, 7, 0)
	o.check()
}

// What comes back after its own time is over lasts fourteen days more.
func TestGrace(t *testing.T) {
	off := "rewards: [{id: off, cost: {points: 10}, benefit: {discount: 100}}]"
	t.Run("expired", func(t *testing.T) {
		o := member(t, language(t, "units: {points: {expires: {after: P1M}}}", pointsRule, off))
		o.buy("2026-02-01", "S1", lines1(1000)).buy("2026-02-10", "S2", lines1(200), "off")
		o.wants("2026-03-05", "points 1 ends 2026-03-10")
		o.back("2026-03-05", "S2", loyalty.Wish{Gross: 100}).wants("2026-03-05", "points 6 ends 2026-03-10")
		o.wants("2026-03-18", "points 5 ends 2026-03-19").wants("2026-03-19")
		o.check()
	})
	t.Run("still good", func(t *testing.T) {
		o := member(t, language(t, "units: {points: {expires: {after: P1M}}}", pointsRule, off))
		o.buy("2026-02-01", "S1", lines1(1000)).buy("2026-02-10", "S2", lines1(100), "off")
		o.back("2026-02-28", "S2", loyalty.Wish{All: true}).wants("2026-02-28", "points 10 ends 2026-03-01").wants("2026-03-01")
		o.check()
	})
	t.Run("idle", func(t *testing.T) {
		o := member(t, language(t, "units: {points: {expires: {idle: P2M}}}", pointsRule, off))
		o.buy("2026-02-01", "S1", lines1(2000)).buy("2026-02-02", "S2", lines1(100), "off")
		o.wants("2026-04-01", "points 10 ends 2026-04-02").wants("2026-04-02")
		o.back("2026-04-03", "S2", loyalty.Wish{All: true}).wants("2026-04-16", "points 10 ends 2026-04-17").wants("2026-04-17")
		o.check()
	})
	t.Run("idle before, active since", func(t *testing.T) {
		o := member(t, language(t, "units: {points: {expires: {idle: P2M}}}", pointsRule, off))
		o.buy("2026-02-01", "S1", lines1(1000)).buy("2026-02-02", "S2", lines1(100), "off")
		o.buy("2026-06-01", "S3", lines1(100)).wants("2026-06-01", "points 1 ends 2026-08-01")
		o.back("2026-06-02", "S2", loyalty.Wish{All: true}).wants("2026-06-02", "points 11 ends 2026-06-16")
		o.check()
	})
}

// Only activity of hers keeps her from being idle, and idleness ends only what
// was there before its day.
func TestIdle(t *testing.T) {
	p := language(t, "units: {points: {expires: {idle: P1M}}}", "rules: [{id: base, on: sale, each: line, give: {points: 1/100}}, {id: friend, on: referral, to: referrer, give: {points: 7}}]")
	o, friend := member(t, p), member(t, p)
	friend.a.Of = "friend"
	o.buy("2026-01-31", "S1", lines1(1000)).wants("2026-02-27", "points 10 ends 2026-02-28")
	o.back("2026-02-27", "S1", loyalty.Wish{Gross: 500}) // no activity
	friend.do("2026-02-27", loyalty.Activity{On: "referral"}, o)
	o.wants("2026-02-27", "points 12 ends 2026-02-28")
	friend.do("2026-03-15", loyalty.Activity{On: "referral"}, o)
	o.wants("2026-03-15", "points 7").wants("2027-03-15", "points 7")
	o.buy("2027-03-16", "S2", lines1(0)).wants("2027-03-16", "points 7 ends 2027-04-16").wants("2027-04-16")
	if o.a.State.Referrals != 1 || !friend.a.State.Referred {
		t.Errorf("%d referrals, friend %+v: each friend counts once", o.a.State.Referrals, friend.a.State)
	}
	o.check()
	friend.check()
}

// Units vest, end and pay for what comes by itself, on one date in this order.
func TestPassOrder(t *testing.T) {
	p := language(t, "units: {points: {pending: P1M, expires: {after: P2M}}}", pointsRule,
		"rewards: [{id: ten, cost: {points: 10}, benefit: {discount: 100}, voucher: P90D, auto: true}]")
	o := member(t, p)
	o.buy("2026-01-15", "S1", lines1(900)).buy("2026-02-15", "S2", lines1(900)).wants("2026-03-14", "points 9 pending 9 ends 2026-03-15")
	o.wants("2026-03-15", "points 9 ends 2026-04-15") // not 18: the first nine ended that day
	o.buy("2026-03-16", "S3", lines1(2100)).wants("2026-04-16", "points 1 ends 2026-05-16", "voucher.ten 2 ends 2026-07-15")
	o.check()
}

// Rewards that come by themselves take the units that end soonest, within their
// limits and while their condition holds.
func TestAuto(t *testing.T) {
	o := member(t, language(t, "units: {points: {expires: {after: P1M}}}", "limits: {twice: {uses: 2, every: calendar_month}}", pointsRule,
		"rewards: [{id: ten, cost: {points: 10}, limit: twice, when: 'member.visits >= 2', benefit: {discount: 100}, voucher: P90D, auto: true}, "+
			"{id: gift, cost: {points: 50}, auto: true, benefit: {gift_card: 500}}]"))
	o.buy("2026-02-01", "S1", lines1(2000)).wants("2026-02-01", "points 20 ends 2026-03-01")
	o.buy("2026-02-10", "S2", lines1(2500)).wants("2026-02-10", "points 25 ends 2026-03-10", "voucher.ten 2 ends 2026-05-11")
	o.buy("2026-02-11", "S3", lines1(3000)).wants("2026-02-11", "points 5 ends 2026-03-11", "voucher.ten 2 ends 2026-05-11")
	if taken := o.effects[len(o.effects)-1].Taken; taken == nil || taken.Value != 500 || taken.Benefit != "gift_card" {
		t.Errorf("the gift card came as %+v", taken)
	}
	o.buy("2026-03-01", "S4", lines1(500)).wants("2026-03-01", "voucher.ten 3 ends 2026-05-11")
	o.check()
}

// A voucher is bought, held, used, and held again when the sale is undone.
func TestVouchers(t *testing.T) {
	p := language(t, "units: {points: {}}", "limits: {once: {uses: 1, every: ever}}", pointsRule,
		"rewards: [{id: v, cost: {points: 10}, limit: once, benefit: {discount: 100}, voucher: P30D}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(1000)).buy("2026-02-02", "S2", lines1(500), "v")
	o.wants("2026-02-02", "points 5", "voucher.v 1 ends 2026-03-04")
	// A return leaves the voucher and its cost, a void takes and gives them back.
	o.back("2026-02-03", "S2", loyalty.Wish{Gross: 500}).wants("2026-02-03", "voucher.v 1 ends 2026-03-04")
	o.buy("2026-02-04", "S3", lines1(500), "v").wants("2026-02-04", "points 4")
	if _, err := o.sell("2026-02-05", "S4", lines1(5000), loyalty.Redemption{Reward: "v", Times: 1}); err == nil {
		t.Error("bought beyond its limit")
	}
	o.back("2026-02-06", "S3", loyalty.Wish{Gross: 250}).wants("2026-02-06", "points 2")
	o.back("2026-02-06", "S3", loyalty.Wish{All: true}).wants("2026-02-06", "voucher.v 1 ends 2026-03-04")
	o.buy("2026-02-07", "S5", lines1(500), "v").wants("2026-03-10", "points 4")
	o.back("2026-03-10", "S5", loyalty.Wish{Void: true}).wants("2026-03-10", "voucher.v 1 ends 2026-03-24").wants("2026-03-24")
	o.check()
}

func TestVoidOfBought(t *testing.T) {
	p := language(t, "units: {points: {}}", "limits: {once: {uses: 1, every: ever}}", pointsRule,
		"rewards: [{id: v, cost: {points: 10}, limit: once, benefit: {discount: 100}, voucher: P30D}, {id: card, cost: {points: 4}, benefit: {gift_card: 400}}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(1500)).buy("2026-02-02", "S2", lines1(500), "v", "card")
	o.wants("2026-02-02", "points 6", "voucher.v 1 ends 2026-03-04")
	if o.a.State.Visits != 2 || o.a.State.Limits["once"][0].Uses != 1 {
		t.Errorf("state %+v", o.a.State)
	}
	o.back("2026-02-03", "S2", loyalty.Wish{Void: true}).wants("2026-02-03", "points 15")
	if o.a.State.Visits != 1 || len(o.a.State.Limits) != 0 {
		t.Errorf("state %+v", o.a.State)
	}
	// Used meanwhile, the voucher is owed.
	o.buy("2026-02-04", "S3", lines1(0), "v").buy("2026-02-05", "S4", lines1(100), "v")
	o.back("2026-02-06", "S3", loyalty.Wish{Void: true}).wants("2026-02-06", "points 15", "voucher.v 0 owed 1")
	o.back("2026-02-07", "S4", loyalty.Wish{Void: true}).wants("2026-02-07", "points 15")
	o.check()
}

// A status extends from its end, and a line that comes back ends what it sold.
func TestStatus(t *testing.T) {
	o := member(t, shipped(t, "subscription.yaml"))
	month := ledger.Line{SKU: "PLUS-1M", Net: 1000, Gross: 1000, Quantity: 1, Categories: []string{"membership"}}
	year := ledger.Line{SKU: "PLUS-12M", Net: 9000, Gross: 9000, Quantity: 1, Categories: []string{"membership"}}
	o.buy("2026-03-31", "S1", []ledger.Line{month, line(100)}).wants("2026-03-31", "points 1 ends 2028-03-31", "spend 0 pending 100", "member", "plus until 2026-04-30")
	o.buy("2026-04-10", "S2", []ledger.Line{year}).wants("2026-04-29", "points 1 ends 2028-04-10", "spend 100", "member", "plus until 2027-04-30")
	o.back("2026-04-29", "S1", lineOf(1)).wants("2026-04-29", "member", "plus until 2027-04-30")
	o.back("2026-04-29", "S1", loyalty.Wish{Gross: 500}).wants("2026-04-29", "member", "plus until 2027-04-30") // part of it
	o.back("2026-04-30", "S1", lineOf(0)).wants("2026-04-30", "member", "plus until 2027-04-10")
	o.wants("2027-04-09", "member", "plus until 2027-04-10").wants("2027-04-10", "member")
	o.check()
}

// Units that vest are progress on the day they do, and fall with what comes
// back, on that day.
func TestVestedProgress(t *testing.T) {
	o := member(t, shipped(t, "subscription.yaml"))
	o.buy("2026-02-02", "S1", lines1(5_000_000)).buy("2026-02-10", "S2", lines1(600_000))
	o.back("2026-02-20", "S2", loyalty.Wish{Gross: 100_000}) // pending still
	o.wants("2026-03-09", "points 55000 ends 2028-02-10", "spend 5000000 pending 500000", "member")
	o.wants("2026-03-10", "points 55000 ends 2028-02-10", "spend 5500000", "eip")
	o.back("2026-03-11", "S1", loyalty.Wish{Gross: 1_000_000})
	o.wants("2027-03-09", "points 45000 ends 2028-02-10", "spend 4500000", "eip")
	o.wants("2027-03-10", "points 45000 ends 2028-02-10", "spend 4500000", "member")
	o.check()
}

// Each level is kept by itself; the member falls to the highest still kept.
func TestLevelsAreKeptBySelf(t *testing.T) {
	p := language(t, "units: {s: {spendable: false}}", "tiers: {of: s, window: P1M, keep: P3M, levels: {a: 0, b: 100, c: 200}}", "rules: [{id: base, on: sale, give: {s: 1/1}}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(200)).wants("2026-02-01", "s 200", "c")
	o.buy("2026-04-01", "S2", lines1(100)).wants("2026-04-30", "s 300", "c")
	o.wants("2026-05-01", "s 300", "b").wants("2026-06-30", "s 300", "b").wants("2026-07-01", "s 300", "a")
	o.check()
}

// What a till tells late counts where it belongs.
func TestToldLate(t *testing.T) {
	p := language(t, "units: {s: {spendable: false}}", "limits: {daily: {uses: 1, every: calendar_day}, roll: {amount: 10, every: P30D}}",
		"tiers: {of: s, window: calendar_year, keep: next_window, levels: {a: 0, b: 100}}",
		"rules: [{id: base, on: sale, give: {s: 1/1}}, {id: in, on: check_in, limit: daily, give: {s: 1}}, {id: r, on: roll, limit: roll, give: {s: 6}}]")
	o := member(t, p)
	o.buy("2025-12-30", "S1", lines1(60)).buy("2026-01-02", "S2", lines1(10)).wants("2026-01-02", "s 70", "a")
	o.buy("2025-12-31", "S3", lines1(40)).wants("2026-01-02", "s 110", "b").wants("2026-12-31", "s 110", "b").wants("2027-01-01", "s 110", "a")
	given := func(day, on string, want int) {
		t.Helper()
		if out := o.do(day, loyalty.Activity{On: on}, nil); len(out.Earned) != min(want, 1) || want > 0 && out.Earned[0].Amount != ledger.Points(want) {
			t.Errorf("%s on %s: %+v, want %d", on, day, out.Earned, want)
		}
	}
	given("2027-02-02", "check_in", 1)
	given("2027-02-01", "check_in", 1)
	given("2027-02-01", "check_in", 0)
	given("2027-02-02", "check_in", 0)
	given("2027-03-30", "roll", 6)
	given("2027-03-01", "roll", 4)
	given("2027-02-28", "roll", 6)
	o.check()
}

// A limit's window is the store's civil dates.
func TestLimits(t *testing.T) {
	p := shipped(t, "engagement.yaml")
	o, friend := member(t, p), member(t, p)
	friend.a.Of = "friend"
	for i, want := range []int{1, 0} {
		if out := o.do("2026-03-10", loyalty.Activity{On: "check_in", Ref: string(rune('a' + i))}, nil); len(out.Earned) != want {
			t.Errorf("check-in %d: %+v", i, out.Earned)
		}
	}
	for range 5 {
		o.do("2026-03-11", loyalty.Activity{On: "event_attended"}, nil)
	}
	// 5 and five times 20: the fifth finds 15 of the 100 left, and 100 pay for ten.
	o.wants("2026-03-11", "voucher.ten 1 ends 2027-02-11")
	friend.do("2026-03-12", loyalty.Activity{On: "referral", Name: "first_purchase", Value: 2000}, o)
	friend.wants("2026-03-12", "points 25 ends 2027-01-01")
	if o.a.State.Referrals != 1 {
		t.Errorf("referrals %d", o.a.State.Referrals)
	}
	o.do("2027-01-01", loyalty.Activity{On: "event_attended"}, nil)
	o.wants("2027-01-01", "points 20 ends 2028-01-01", "voucher.ten 1 ends 2027-02-11")
	o.check()
	friend.check()
}

// What a right holds is not the account's to spend or to take back; what of it
// was spent is given back to the lots it was set aside from.
func TestRights(t *testing.T) {
	p := language(t, "units: {points: {}}", pointsRule, "rewards: [{id: off, cost: {points: 10}, benefit: {discount: 100}}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(3000))
	lot := o.a.Purses["points"].Lots[0].Name
	right := ledger.RightID{1}
	move := func(from, to ledger.LedgerAccount, amount ledger.Points) loyalty.Move {
		return loyalty.Move{
			Posting: ledger.Posting{Unit: "points", Amount: amount, From: from, To: to, Reward: "off", Right: right},
			Lots:    []ledger.LotShare{{Lot: lot, Amount: amount}},
		}
	}
	fold := func(m loyalty.Move) {
		t.Helper()
		e := o.a.Begin(ledger.Grant, o.entry(), o.moment(at("2026-02-02")))
		e.Moves = []loyalty.Move{m}
		if err := o.a.Fold(&e); err != nil {
			t.Fatal(err)
		}
		o.did(e)
	}
	fold(move(ledger.Available, ledger.Escrow(right), 25))
	o.wants("2026-02-02", "points 5")
	effect, err := o.a.Post(p, loyalty.Posted{
		Entry: o.entry(), Kind: ledger.Sold, Moment: o.moment(at("2026-02-03")), On: "sale",
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 10, From: ledger.Escrow(right), To: ledger.Redeemed, Reward: "off", Right: right},
			{Unit: "points", Amount: 2, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: new(int)},
		},
		Spent: []loyalty.Move{move(ledger.Escrow(right), ledger.Redeemed, 10)},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.did(effect)
	o.sales["S2"] = &loyalty.Sold{Effect: effect, Sale: &ledger.Sale{
		Currency: "USD", Total: 200, Lines: []ledger.Line{{Net: 300, Gross: 300, Quantity: 1, Discount: 100}},
		Rewards: []ledger.Taken{{Reward: "off", Times: 1, Discount: 100}},
	}}
	o.wants("2026-02-03", "points 7")
	o.back("2026-02-04", "S1", loyalty.Wish{All: true}).wants("2026-02-04", "points 0 owed 23")
	o.back("2026-02-05", "S2", loyalty.Wish{Gross: 150}).wants("2026-02-05", "points 0 owed 19")
	back := move(ledger.Escrow(right), ledger.Receivable, 15)
	fold(back)
	o.wants("2026-02-05", "points 0 owed 4")
	o.back("2026-02-06", "S2", loyalty.Wish{All: true}).wants("2026-02-06")
	o.check()
}

// A sum that leaves the integers is refused, and nothing changes.
func TestOverflow(t *testing.T) {
	p := language(t, "units: {points: {}, s: {pending: P1D}}", "tiers: {of: points, window: ever, keep: next_window, levels: {a: 0, b: 1000000000000}}",
		"rules: [{id: base, on: sale, each: line, give: {points: 1/1, s: 1/1}}]")
	o := member(t, p)
	earn := func(unit ledger.Unit, to ledger.LedgerAccount, amount ledger.Points, lot *ledger.LotTerms) error {
		effect, err := o.a.Post(p, loyalty.Posted{
			Entry: o.entry(), Kind: ledger.Sold, Moment: o.moment(at("2026-02-03")), On: "sale",
			Postings: []ledger.Posting{{Unit: unit, Amount: amount, From: ledger.Issued, To: to, Lot: lot}},
		})
		if err == nil {
			o.did(effect)
		}
		return err
	}
	const most = ledger.Points(1<<63 - 1)
	o.must(earn("points", ledger.Available, most, nil))
	o.must(earn("s", ledger.Available, most, nil))
	before := o.json(o.a)
	if err := earn("points", ledger.Available, 1, nil); !errors.Is(err, ledger.ErrOverflow) || o.json(o.a) != before {
		t.Errorf("one more: %v", err)
	}
	o.must(earn("s", ledger.Pending, 1, &ledger.LotTerms{VestsAt: at("2026-02-04")}))
	before = o.json(o.a)
	if _, err := o.a.Pass(p, o.moment(at("2026-02-05")), o.who); !errors.Is(err, ledger.ErrOverflow) || o.json(o.a) != before {
		t.Errorf("one more vests: %v", err)
	}
	for _, amount := range []ledger.Points{0, -1} {
		if err := earn("points", ledger.Available, amount, nil); amount < 0 && err == nil {
			t.Errorf("%d were earned", amount)
		}
	}
}

// Dates are the store's: what ends on a day ends as it begins there.
func TestStoreDates(t *testing.T) {
	p := language(t, "units: {points: {pending: P1D, expires: {after: P1M}}}", "limits: {day: {uses: 1, every: calendar_day}}",
		"rules: [{id: base, on: sale, each: line, limit: day, give: {points: 10}}]")
	o := member(t, p)
	o.zone = time.FixedZone("east", 3*60*60)
	instant := func(text string) ledger.Millis {
		at, err := time.Parse(time.RFC3339, text)
		o.must(err)
		return ledger.MillisOf(at)
	}
	sell := func(text string, want ledger.Points) {
		t.Helper()
		out, err := o.sellAt(instant(text), text, lines1(100))
		if err != nil || len(out.Earned) != int(want/10) {
			t.Errorf("%s: %+v, %v", text, out.Earned, err)
		}
	}
	have := func(text string, available, pending ledger.Points) {
		t.Helper()
		o.passTo(instant(text))
		if p := o.a.Purse("points"); p.Available != available || p.Pending != pending {
			t.Errorf("%s: %d and %d pending", text, p.Available, p.Pending)
		}
	}
	sell("2026-01-31T23:59:59+03:00", 10)
	sell("2026-02-01T00:00:00+03:00", 10)
	sell("2026-02-01T20:59:59Z", 0)
	have("2026-02-01T20:59:59Z", 10, 10)
	have("2026-02-01T21:00:00Z", 20, 0)
	have("2026-02-27T20:59:59.999Z", 20, 0)
	have("2026-02-27T21:00:00Z", 10, 0)
	have("2026-02-28T20:59:59.999Z", 10, 0)
	have("2026-02-28T21:00:00Z", 0, 0)
	o.check()
}

// A damaged effect is an error.
func TestFoldRefuses(t *testing.T) {
	move := func(from, to ledger.LedgerAccount, amount ledger.Points, lots ...ledger.LotShare) loyalty.Move {
		return loyalty.Move{Posting: ledger.Posting{Unit: "points", Amount: amount, From: from, To: to}, Lots: lots}
	}
	for name, m := range map[string]loyalty.Move{
		"no lot":        move(ledger.Issued, ledger.Available, 5),
		"half a lot":    move(ledger.Issued, ledger.Available, 5, ledger.LotShare{Lot: "b", Amount: 4}),
		"below zero":    move(ledger.Issued, ledger.Available, 0, ledger.LotShare{Lot: "b", Amount: 4}, ledger.LotShare{Lot: "b", Amount: -4}),
		"too much":      move(ledger.Available, ledger.Redeemed, 11, ledger.LotShare{Lot: "a", Amount: 11}),
		"back too much": move(ledger.Redeemed, ledger.Available, 1, ledger.LotShare{Lot: "a", Amount: 1}),
		"unknown":       move(ledger.Available, ledger.Redeemed, 1, ledger.LotShare{Lot: "b", Amount: 1}),
		"not pending":   move(ledger.Pending, ledger.Available, 10, ledger.LotShare{Lot: "a", Amount: 10}),
		"not owed":      move(ledger.Issued, ledger.Receivable, 1),
	} {
		a := &loyalty.Account{}
		first := loyalty.Effect{Row: 1, Day: "2026-01-01", Moves: []loyalty.Move{move(ledger.Issued, ledger.Available, 10, ledger.LotShare{Lot: "a", Amount: 10})}}
		if err := a.Fold(&first); err != nil {
			t.Fatal(err)
		}
		if err := a.Fold(&loyalty.Effect{Row: 2, Day: "2026-01-02", Moves: []loyalty.Move{m}}); err == nil {
			t.Errorf("%s: folded", name)
		}
	}
	once := loyalty.Effect{Row: 1, Day: "2026-01-01"}
	if a := new(loyalty.Account); a.Fold(&once) != nil || a.Fold(&once) == nil {
		t.Error("an effect was folded twice")
	}
	bad := loyalty.Effect{Row: 1, Day: "2026-01-01", Statuses: []ledger.StatusGrant{{Status: "x", Period: "soon"}}}
	if err := new(loyalty.Account).Fold(&bad); err == nil {
		t.Error("a status for no period was folded")
	}
}

// BenchmarkFold replays 10,000 members of 50 entries each: sales that earn two
// units, draw on a limit and are progress; every tenth spends.
func BenchmarkFold(b *testing.B) {
	p := shipped(b, "tiered-points.yaml")
	o := member(b, p)
	for i := range 50 {
		day := time.Date(2026, 3, 3+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		if i%10 == 9 {
			o.buy(day, day, lines1(12345, "makeup"), "cash10")
			continue
		}
		o.buy(day, day, lines1(12345, "makeup"))
	}
	before := cpuTime(b)
	for b.Loop() {
		for range 10_000 {
			var a loyalty.Account
			for i := range o.effects {
				if err := a.Fold(&o.effects[i]); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.ReportMetric(float64((cpuTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/10000members")
}

// cpuTime is what a benchmark took whatever else the machine was doing.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// A void ends every status the sale granted, and a member joined on the day she
// did, whatever came first.
func TestJoinAndVoid(t *testing.T) {
	p := language(t, "units: {points: {}}", "rules: [{id: trial, on: sale, status: {trial: P1M}}, {id: base, on: sale, each: line, give: {points: 1/100}}]")
	o := member(t, p)
	effect, err := o.a.Join(p, o.entry(), o.moment(at("2026-01-31")), "")
	if err != nil {
		t.Fatal(err)
	}
	o.did(effect)
	o.buy("2026-02-01", "S1", lines1(100)).buy("2026-02-10", "S2", lines1(100)).wants("2026-02-10", "points 2", "trial until 2026-04-01")
	o.back("2026-02-11", "S1", loyalty.Wish{Gross: 50}).wants("2026-02-11", "points 2", "trial until 2026-04-01")
	o.back("2026-02-12", "S1", loyalty.Wish{Void: true}).wants("2026-02-12", "points 1", "trial until 2026-03-10")
	o.back("2026-02-12", "S2", loyalty.Wish{All: true}).wants("2026-02-12")
	if s := o.a.State; s.Joined != "2026-01-31" || s.Active != "2026-02-10" || s.Visits != 1 {
		t.Errorf("state %+v", s)
	}
	o.check()
}

// What a loss paid for goes back there, last; and the account must know the
// sale's lots.
func TestBackToLoss(t *testing.T) {
	p := language(t, "units: {points: {}}", pointsRule, "rewards: [{id: off, cost: {points: 10}, benefit: {discount: 100}}]")
	o := member(t, p)
	o.buy("2026-02-01", "S1", lines1(600))
	lot := o.a.Purses["points"].Lots[0].Name
	spent := func(from ledger.LedgerAccount, amount ledger.Points, lots ...ledger.LotShare) loyalty.Move {
		return loyalty.Move{Posting: ledger.Posting{Unit: "points", Amount: amount, From: from, To: ledger.Redeemed, Reward: "off"}, Lots: lots}
	}
	effect, err := o.a.Post(p, loyalty.Posted{
		Entry: o.entry(), Kind: ledger.Sold, Moment: o.moment(at("2026-02-03")), On: "sale",
		Spent: []loyalty.Move{spent(ledger.Available, 6, ledger.LotShare{Lot: lot, Amount: 6}), spent(ledger.Loss, 4)},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.did(effect)
	sale := &ledger.Sale{
		Currency: "USD", Total: 200, Lines: []ledger.Line{{Net: 300, Gross: 300, Quantity: 1, Discount: 100}},
		Rewards: []ledger.Taken{{Reward: "off", Times: 1, Discount: 100}},
	}
	o.sales["S2"] = &loyalty.Sold{Effect: effect, Sale: sale}
	o.back("2026-02-04", "S2", loyalty.Wish{Gross: 150}).wants("2026-02-04", "points 5")
	o.back("2026-02-04", "S2", loyalty.Wish{All: true}).wants("2026-02-04", "points 6")
	o.check()

	rest, err := (&loyalty.Sold{Effect: effect, Sale: sale}).Rest()
	o.must(err)
	back, err := rest.Take(loyalty.Wish{All: true})
	o.must(err)
	stranger := &loyalty.Account{}
	if _, err := stranger.Return(p, loyalty.Returned{Entry: o.entry(), Kind: ledger.Returned, Moment: o.moment(at("2026-02-05"))}, &loyalty.Sold{Effect: effect, Sale: sale}, back); err == nil || err.Error() != "lot "+lot+" is not known" {
		t.Errorf("a return to one who has not its lots: %v", err)
	}
	if stranger.State.Rows != 0 || len(stranger.Purses) != 0 {
		t.Errorf("what was refused changed %+v", stranger)
	}
}

// What a sale gave to a referrer comes back from her, by the same sale.
func TestReferrersReturn(t *testing.T) {
	p := language(t, "units: {points: {}}", "limits: {some: {amount: 5, every: ever}}",
		"rules: [{id: hers, on: sale, each: line, to: referrer, give: {points: 1/100}}, {id: some, on: sale, to: referrer, limit: some, give: {points: 4}}]")
	o, friend := member(t, p), member(t, p)
	friend.a.Of = "friend"
	when := at("2026-02-01")
	hers, his := o.a.Standing(p, o.moment(when), o.who), friend.a.Standing(p, o.moment(when), o.who)
	out := evaluate(t, p, loyalty.Occasion{At: when, Store: "s1", Member: &his, Referrer: &hers, Basket: &loyalty.Basket{Currency: "USD", Lines: lines1(1000)}})
	posted := loyalty.Posted{Entry: friend.entry(), Kind: ledger.Sold, Moment: o.moment(when), On: "sale", Referrer: true, Outcome: out}
	effect, err := friend.a.Post(p, posted)
	friend.must(err)
	friend.did(effect)
	effect, err = o.a.PostReferral(p, posted, effect.Referred)
	o.must(err)
	o.did(effect)
	o.sales["S1"] = &loyalty.Sold{Effect: effect, Sale: &ledger.Sale{Currency: "USD", Total: 1000, Lines: out.Lines}}
	o.wants("2026-02-01", "points 14")
	o.back("2026-02-02", "S1", loyalty.Wish{Gross: 500}).wants("2026-02-02", "points 7")
	if o.a.State.Limits["some"][0].Amount != 4 || o.a.State.Referrals != 0 {
		t.Errorf("state %+v", o.a.State)
	}
	o.back("2026-02-03", "S1", loyalty.Wish{Void: true}).wants("2026-02-03")
	if len(o.a.State.Limits) != 0 {
		t.Errorf("limits %+v", o.a.State.Limits)
	}
	o.check()
	friend.check()
}
