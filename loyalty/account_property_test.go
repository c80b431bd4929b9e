package loyalty_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// drawProgram writes a program out of all that an account depends on.
func drawProgram(t *rapid.T) *loyalty.Program { return drawVersion(t, 1) }

// drawVersion draws a version of it.
func drawVersion(t *rapid.T, version int) *loyalty.Program {
	one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	windows := []string{"calendar_day", "calendar_month", "calendar_year", "P10D", "P1M", "ever"}
	pending := one("pending", "", "pending: P10D, ")
	expires := one("expires", "", "expires: {after: P1M}", "expires: {after: P2M, round: month}", "expires: {idle: P1M}", "expires: {at: calendar_year}")
	source := strings.Join([]string{
		fmt.Sprint("program: drawn\nversion: ", version, "\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\nnotice: P0D"),
		"proof: {earn: claimed, redeem: claimed}",
		"units: {points: {" + pending + expires + "}, s: {" + one("s", "", "spendable: false", "spendable: false, pending: P7D") + "}}",
		"tiers: {of: " + one("of", "s", "points") + ", window: " + one("window", windows[1:]...) + ", keep: " + one("keep", "next_window", "P2M") + ", levels: {low: 0, mid: 100, top: 1000}}",
		"limits: {often: {uses: 3, every: " + one("often", windows...) + "}, much: {amount: 300, every: " + one("much", windows...) + "}}",
		"rules:",
		"- {id: base, on: sale, each: line, give: {points: 1/100, s: 1/10}}",
		"- {id: extra, on: sale, limit: [much, often], give: {points: 7/90}}",
		"- {id: top, on: sale, each: line, when: 'member.tier != \"low\"', give: {points: 1/30}}",
		"- {id: plus, on: sale, each: line, when: '\"plus\" in line.categories', status: {plus: P1M}}",
		"- {id: tote, on: sale, each: line, when: '\"tote\" in line.categories', limit: often, issue: tote}",
		"- {id: member, on: sale, when: '\"plus\" in member.statuses', give: {points: 3}}",
		"- {id: friend, on: referral, to: referrer, limit: much, give: {points: 40}}",
		"- {id: welcome, on: referral, give: {points: 20}}",
		"rewards:",
		"- {id: pay, cost: {points: 1}, repeat: true, benefit: {discount: 2}}",
		"- {id: part, cost: {points: 30}, limit: often, benefit: {percent: 10/100}}",
		"- {id: ten, cost: {points: 10}, limit: " + one("ten", "often", "much") + ", benefit: {discount: " + one("off", "100", "300", "70") + "}, voucher: P20D, auto: " + one("auto", "true", "false") + "}",
		"- {id: card, cost: {points: 5}, benefit: {gift_card: 50}}",
		"- {id: tote, grant_only: true, benefit: {item: bag, max: " + one("max", "500", "200") + "}, voucher: P1M}",
	}, "\n")
	p, err := loyalty.Load([]byte(source), "drawn.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// step is one thing that happens, as far as it can.
type step struct {
	kind   string
	at     ledger.Millis
	lines  []ledger.Line
	redeem []loyalty.Redemption
	of     int // which sale comes back
	gross  ledger.Minor
	passes []ledger.Millis // before it
}

var goods = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Line {
	l := line(ledger.Minor(rapid.IntRange(0, 9000).Draw(t, "net")), rapid.SampledFrom([]string{"x", "plus", "tote", "bag"}).Draw(t, "category"))
	l.Quantity = rapid.Int64Range(1, 3).Draw(t, "quantity")
	return l
}), 1, 4)

// drawSteps draws a story in order of time, but for what is told late.
func drawSteps(t *rapid.T, late bool) (steps []step) {
	kinds := []string{"sell", "sell", "sell", "return", "return all", "void", "refer", "referred", "idle", "adjust", "take"}
	now := at("2026-01-10")
	for range rapid.IntRange(1, 25).Draw(t, "steps") {
		before := now
		now = now.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(t, "hours")) * time.Hour)
		s := step{kind: rapid.SampledFrom(kinds).Draw(t, "kind"), at: now}
		for range rapid.IntRange(0, 3).Draw(t, "passes") {
			s.passes = append(s.passes, before+ledger.Millis(rapid.Int64Range(0, int64(now-before)).Draw(t, "pass")))
		}
		slices.Sort(s.passes)
		if late && rapid.IntRange(0, 4).Draw(t, "late") == 0 {
			s.at = s.at.Add(-time.Duration(rapid.IntRange(1, 20*24).Draw(t, "by")) * time.Hour)
		}
		s.lines = goods.Draw(t, "lines")
		for _, reward := range []string{"pay", "part", "ten", "card", "tote"} {
			if rapid.IntRange(0, 3).Draw(t, reward) == 0 {
				times := int64(1)
				if reward == "pay" {
					times = rapid.Int64Range(1, 60).Draw(t, "times")
				}
				s.redeem = append(s.redeem, loyalty.Redemption{Reward: reward, Times: times})
			}
		}
		s.of, s.gross = rapid.IntRange(0, 100).Draw(t, "of"), ledger.Minor(rapid.IntRange(1, 9000).Draw(t, "gross"))
		steps = append(steps, s)
	}
	return steps
}

// does does a step: a sale that is refused its rewards is made without them.
func (o *one) does(s step, friend *one) {
	o.t.Helper()
	name := func(i int) string { return fmt.Sprint("S", i) }
	switch s.kind {
	case "sell":
		id := name(len(o.sales))
		_, err := o.sellAt(s.at, id, s.lines, s.redeem...)
		var refused *loyalty.RewardRefused
		var no *loyalty.NoRedeem
		if errors.As(err, &refused) || errors.As(err, &no) {
			_, err = o.sellAt(s.at, id, s.lines)
		}
		o.must(err)
	case "refer":
		friend.doAt(s.at, loyalty.Activity{On: "referral"}, o)
	case "referred":
		o.doAt(s.at, loyalty.Activity{On: "referral"}, friend)
	case "idle":
		o.passTo(s.at)
	case "adjust":
		o.adjust(s.at, ledger.Points(s.gross))
	case "take":
		o.adjust(s.at, -ledger.Points(s.gross))
	default:
		if len(o.sales) == 0 {
			return
		}
		id, wish := name(s.of%len(o.sales)), loyalty.Wish{All: s.kind == "return all", Void: s.kind == "void"}
		if s.kind == "return" {
			if wish.Gross = min(s.gross, o.leftOf(id)); wish.Gross == 0 {
				return
			}
		}
		o.backAt(s.at, id, wish)
	}
}

func (o *one) leftOf(id string) (left ledger.Minor) {
	for _, l := range o.sales[id].Sale.Lines {
		left += l.Gross
	}
	for _, e := range o.sales[id].Backs {
		for _, l := range e.Back {
			left -= l.Gross
		}
	}
	return left
}

func (o *one) nothingLeft(sold *loyalty.Sold) bool {
	rest, err := sold.Rest()
	o.must(err)
	_, err = rest.Take(loyalty.Wish{All: true})
	return err != nil
}

// checkSales compares what was taken back of each sale with what it earned.
func (o *one) checkSales() {
	o.t.Helper()
	for id, sold := range o.sales {
		void, whole := false, len(sold.Backs) > 0 && o.nothingLeft(sold)
		left := map[ledger.Unit]ledger.Points{}
		for _, m := range sold.Effect.Moves {
			if m.From == ledger.Issued {
				left[m.Unit] += m.Amount
			} else {
				left["cost of "+m.Unit] += m.Amount
			}
		}
		for _, e := range sold.Backs {
			void = void || e.Void
			for _, m := range e.Moves {
				if m.To == ledger.Issued {
					left[m.Unit] -= m.Amount
				} else {
					left["cost of "+m.Unit] -= m.Amount
				}
			}
		}
		for unit, rest := range left {
			if rest < 0 || rest > 0 && (void || whole && (unit == "points" || unit == "s" || unit == "voucher.tote")) {
				o.t.Fatal(fmt.Sprintf("%s: %d %s left of a sale that came back", id, rest, unit))
			}
		}
	}
}

// What must hold, holds after each of any steps under any program, and folding
// the effects gives the same account bit for bit.
func TestAccountHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		o, friend := member(rt, p), member(rt, p)
		friend.a.Of = "friend"
		for _, s := range drawSteps(rt, true) {
			before := o.tiers()
			o.does(s, friend)
			o.check()
			friend.check()
			o.checkTier(before)
		}
		o.checkSales()
	})
}

func (o *one) tiers() map[string]ledger.Date { return o.a.State.Kept }

// checkTier says that no level is lost, or kept for less, by anything that
// happens.
func (o *one) checkTier(before map[string]ledger.Date) {
	o.t.Helper()
	for level, until := range before {
		now, kept := o.a.State.Kept[level]
		if !kept || now != "" && (until == "" || now < until) {
			o.t.Fatal(fmt.Sprintf("%s was kept until %q and is until %q", level, until, now))
		}
	}
}

// However often time passes in between, it does the same.
func TestPassingInSteps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		one, many := member(rt, p), member(rt, p)
		friend, friends := member(rt, p), member(rt, p)
		friend.a.Of, friends.a.Of = "friend", "friend"
		for _, s := range drawSteps(rt, false) {
			one.does(s, friend)
			for _, to := range s.passes {
				many.passTo(to)
			}
			many.does(s, friends)
			one.passTo(s.at)
			many.passTo(s.at)
			used := one.a.Standing(p, one.moment(s.at), one.who).Used
			if used["often"].Uses > 3 || used["much"].Amount > 300 {
				rt.Fatalf("limits are exceeded: %+v", used)
			}
			if one.json(one.effects) != many.json(many.effects) || one.json(one.a) != many.json(many.a) {
				rt.Fatalf("in one go: %s\nin steps: %s", one.json(one.effects), many.json(many.effects))
			}
		}
	})
}

// However a return is split, it does the same: to each balance, to what is owed,
// to progress and to statuses.
func TestSplitReturn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		whole, split := member(rt, p), member(rt, p)
		friend := member(rt, p)
		friend.a.Of = "friend"
		var last ledger.Millis
		for _, s := range drawSteps(rt, false) {
			if s.kind == "refer" || s.kind == "referred" {
				s.kind = "sell"
			}
			whole.does(s, friend)
			split.does(s, friend)
			last = s.at
		}
		if len(whole.sales) == 0 {
			return
		}
		id := fmt.Sprint("S", rapid.IntRange(0, len(whole.sales)-1).Draw(rt, "sale"))
		for range rapid.IntRange(1, 5).Draw(rt, "parts") {
			if left := split.leftOf(id); left > 0 {
				split.backAt(last, id, loyalty.Wish{Gross: ledger.Minor(rapid.Int64Range(1, int64(left)).Draw(rt, "part"))})
			}
		}
		wish := loyalty.Wish{All: true}
		if rapid.Bool().Draw(rt, "void") {
			wish = loyalty.Wish{Void: true}
		}
		if len(split.sales[id].Backs) > len(whole.sales[id].Backs) && split.leftOf(id) == 0 && wish.Void {
			return // all of it came back by returns: a void finds nothing left
		}
		split.backAt(last, id, wish)
		whole.backAt(last, id, wish)
		if a, b := whole.sums(), split.sums(); a != b {
			rt.Fatalf("whole: %s\nsplit: %s", a, b)
		}
	})
}

// sums are all that a split may not change. Which of the account's other lots a
// claw-back meets may differ: what was given back by then is among them.
func (o *one) sums() string {
	var text strings.Builder
	for _, unit := range []ledger.Unit{"points", "s", "voucher.ten", "voucher.tote"} {
		p := o.a.Purse(unit)
		fmt.Fprintf(&text, "%s %d %d %d; ", unit, p.Available, p.Pending, p.Receivable)
	}
	s := o.a.State
	s.Rows = 0
	return text.String() + o.json(s)
}
