package loyalty_test

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// checkOutcome looks at what was decided about an occasion.
func (s *story) checkOutcome(o loyalty.Occasion, out loyalty.Outcome) {
	on := "sale"
	if o.Activity != nil {
		on = o.Activity.On
	}
	s.checkDiscounts(o, out)
	s.checkExplanations(out)
	s.checkRules(on, out)
	s.checkUses(out)
}

// checkDiscounts compares the discounts with the lines, the rewards and the
// total.
func (s *story) checkDiscounts(o loyalty.Occasion, out loyalty.Outcome) {
	var off, total, taken ledger.Minor
	for i, l := range out.Lines {
		if l.Discount < 0 || l.Discount > l.Gross || out.Net[i] < 0 || out.Net[i] > l.Net {
			s.t.Fatal(fmt.Sprintf("line %+v has net %d", l, out.Net[i]))
		}
		was := o.Basket.Lines[i]
		if was.Net != l.Net || was.Gross != l.Gross || was.Discount != 0 {
			s.t.Fatal("the basket's lines were changed")
		}
		off, total = off+l.Discount, total+l.Gross
	}
	for _, r := range out.Rewards {
		taken += r.Discount
	}
	if off != taken || out.Total != total-off {
		s.t.Fatal(fmt.Sprintf("lines are %d off, rewards %d; total %d of %d", off, taken, out.Total, total))
	}
}

// checkExplanations adds up why each unit was given.
func (s *story) checkExplanations(out loyalty.Outcome) {
	given := map[ledger.Unit]map[string]ledger.Points{} // by rule, and by line
	add := func(p ledger.Posting, key string) {
		if given[p.Unit] == nil {
			given[p.Unit] = map[string]ledger.Points{}
		}
		given[p.Unit][key] += p.Amount
	}
	for _, p := range out.Earned {
		if p.Amount <= 0 || p.From != ledger.Issued {
			s.t.Fatal(fmt.Sprintf("earned %+v", p))
		}
		if _, voucher := p.Unit.Voucher(); voucher {
			continue
		}
		add(p, "rule "+p.Rule)
		add(p, "")
		line := 0
		if p.Line != nil {
			line = *p.Line
		}
		add(p, fmt.Sprint("line ", line))
	}
	for _, e := range out.Explanations {
		of := given[e.Unit]
		if of[""] != e.Given {
			s.t.Fatal(fmt.Sprintf("%s: %s, and %d were posted", e.Unit, e, of[""]))
		}
		sum := new(big.Rat)
		for _, p := range e.Parts {
			delete(of, "rule "+p.Rule)
			sum.Add(sum, ratOf(p.Exact))
		}
		s.same(sum, ratOf(e.Sum), e.String())
		s.readsBack(e.Money, e.String(), e.Parts, e.Sum, e.Given)
		lines := new(big.Rat)
		for i, l := range e.Lines {
			line := new(big.Rat)
			parts := slices.Clone(e.Parts)
			for k, exact := range l.Exact {
				line.Add(line, ratOf(exact))
				parts[k] = loyalty.RulePart{Rule: parts[k].Rule, Exact: exact}
			}
			s.same(line, ratOf(l.Sum), e.Line(i))
			s.readsBack(e.Money, e.Line(i), parts, l.Sum, l.Given)
			if of[fmt.Sprint("line ", i)] != l.Given {
				s.t.Fatal(fmt.Sprintf("line %d: %s, and %d were posted", i, e.Line(i), of[fmt.Sprint("line ", i)]))
			}
			lines.Add(lines, line)
		}
		s.same(lines, sum, e.String())
		for key := range of {
			if strings.HasPrefix(key, "rule ") {
				s.t.Fatal(fmt.Sprintf("%s does not name %s", e, key))
			}
		}
		delete(given, e.Unit)
	}
	if len(given) > 0 {
		s.t.Fatal(fmt.Sprintf("not explained: %v", given))
	}
}

func ratOf(f loyalty.Fraction) *big.Rat {
	return new(big.Rat).Add(big.NewRat(f.Whole, 1), big.NewRat(f.Num, f.Den))
}

func (s *story) same(a, b *big.Rat, what string) {
	if a.Cmp(b) != 0 {
		s.t.Fatal(fmt.Sprintf("%s: %s is not %s", what, a.RatString(), b.RatString()))
	}
}

// readsBack reads a sentence such as "base 20.01 + vib 5 of 5 1/3 = 25.01 → 25"
// and compares each of its numbers. Those of a unit that is money have decimals.
func (s *story) readsBack(money ledger.Currency, text string, parts []loyalty.RulePart, sum loyalty.Fraction, given ledger.Points) {
	exact, whole, ok := strings.Cut(text, " → ")
	exact, told, summed := strings.Cut(exact, " = ")
	want := given.String()
	if money != "" {
		want = money.Format(ledger.Minor(given)) + " " + string(money)
	}
	if !ok || whole != want || summed != (len(parts) > 1) {
		s.t.Fatal(fmt.Sprintf("%q of %d", text, given))
	}
	if summed {
		s.same(s.number(money, told), ratOf(sum), text)
	}
	for i, part := range strings.Split(exact, " + ") {
		rule, number, _ := strings.Cut(part, " ")
		number, uncut, cut := strings.Cut(number, " of ")
		if rule != parts[i].Rule || cut != (parts[i].Uncut.Den > 0) {
			s.t.Fatal(fmt.Sprintf("%q of %+v", text, parts))
		}
		s.same(s.number(money, number), ratOf(parts[i].Exact), text)
		if cut {
			s.same(s.number(money, uncut), ratOf(parts[i].Uncut), text)
		}
	}
}

// number reads "41", "20.01", "2/3" or "41 2/3", and of money "0.41 2/3", which
// is as much in minor units.
func (s *story) number(money ledger.Currency, text string) *big.Rat {
	sum := new(big.Rat)
	for _, word := range strings.Split(text, " ") {
		part, ok := new(big.Rat).SetString(word)
		if !ok {
			s.t.Fatal(fmt.Sprintf("%q is no number", text))
		}
		if money != "" && !strings.Contains(word, "/") {
			for range money.Digits() {
				part.Mul(part, big.NewRat(10, 1))
			}
		}
		sum.Add(sum, part)
	}
	return sum
}

// checkRules finds each rule of the event among those that had a part or those
// that missed, with a reason, and no other.
func (s *story) checkRules(on string, out loyalty.Outcome) {
	found := map[string]bool{}
	note := func(rule string, gave bool) {
		if rule == "" {
			return // bought
		}
		found[rule] = true
		if gave {
			s.seen["rule "+rule]++
		}
	}
	for _, p := range append(slices.Clone(out.Earned), out.ToReferrer...) {
		note(p.Rule, true)
	}
	for _, g := range out.Statuses {
		note(g.Rule, true)
	}
	missed := map[string]bool{}
	for _, m := range out.Missed {
		if m.Reason == "" || found[m.Rule] || missed[m.Rule] {
			s.t.Fatal(fmt.Sprintf("missed %+v", m))
		}
		missed[m.Rule] = true
	}
	for _, e := range out.Explanations {
		for _, p := range e.Parts {
			note(p.Rule, false)
		}
	}
	for _, r := range s.w.rules {
		gone := s.changed // a version may lack it
		if r.On == on && r.To != "referrer" && !found[r.ID] && !missed[r.ID] && !gone {
			s.t.Fatal("nothing is said of rule ", r.ID)
		}
	}
}

// checkUses compares what is drawn on limits with what was given under them.
func (s *story) checkUses(out loyalty.Outcome) {
	s.compareUses(out.Earned, out.Statuses, out.Rewards, out.Uses)
	s.compareUses(out.ToReferrer, nil, nil, out.ReferrerUses)
}

func (s *story) compareUses(earned []ledger.Posting, statuses []ledger.StatusGrant, rewards []ledger.Taken, uses []ledger.LimitUse) {
	type drawn struct {
		rules  map[string]bool
		uses   int64
		amount ledger.Points
	}
	want := map[string]*drawn{}
	draw := func(by, rule string, times int64, amount ledger.Points) {
		for _, name := range s.w.limited[by] {
			if want[name] == nil {
				want[name] = &drawn{rules: map[string]bool{}}
			}
			d := want[name]
			if rule == "" || !d.rules[rule] {
				d.uses += times
			}
			d.rules[rule] = true
			d.amount += amount
		}
	}
	for _, p := range earned {
		amount := p.Amount
		if _, voucher := p.Unit.Voucher(); voucher {
			amount = 0 // not units that can be counted together
		}
		if p.Rule != "" {
			draw(p.Rule, p.Rule, 1, amount)
		}
	}
	for _, g := range statuses {
		draw(g.Rule, g.Rule, 1, 0)
	}
	for _, taken := range rewards {
		if r, _ := s.p.Reward(taken.Reward); !taken.Voucher {
			draw(r.ID, "", taken.Times, ledger.Points(taken.Times)*r.Cost)
		}
	}
	got := map[string]loyalty.Usage{}
	for _, u := range uses {
		sum := got[u.Limit]
		got[u.Limit] = loyalty.Usage{Uses: sum.Uses + u.Uses, Amount: sum.Amount + u.Amount}
	}
	expected := map[string]loyalty.Usage{}
	for name, d := range want {
		if l := s.w.limits[name]; l.Uses > 0 {
			expected[name] = loyalty.Usage{Uses: d.uses}
		} else {
			expected[name] = loyalty.Usage{Amount: d.amount}
		}
	}
	if !maps.Equal(got, expected) {
		s.t.Fatal(fmt.Sprintf("drawn on limits %v, want %v", got, expected))
	}
}

// offered compares what is offered beside a sale with what Evaluate then says.
func (s *story) offered(o loyalty.Occasion, out loyalty.Outcome) []loyalty.Offer {
	left := func(unit ledger.Unit) ledger.Points {
		have := s.a.Purse(unit).Available
		for _, c := range out.Costs {
			if c.Unit == unit {
				have -= c.Amount
			}
		}
		return max(0, have)
	}
	if !s.pays(out) {
		return nil
	}
	all, not := s.p.Offers(o, left)
	offers := all
	for _, r := range s.p.Rewards() {
		switch {
		case len(offers) > 0 && offers[0].ID == r.ID:
			s.taken(o, out, offers[0])
			offers = offers[1:]
		case len(not) > 0 && not[0].Reward == r.ID:
			s.refused(o, r, not[0].Reason, left(r.Unit))
			not = not[1:]
		default:
			s.t.Fatal("nothing is said of reward ", r.ID)
		}
	}
	return all
}

// taken takes an offer as often as it says, and once more.
func (s *story) taken(o loyalty.Occasion, before loyalty.Outcome, offer loyalty.Offer) {
	out, err := s.evaluate(o, loyalty.Redemption{Reward: offer.ID, Times: offer.Times})
	if err != nil || !s.pays(out) {
		s.t.Fatal(fmt.Sprintf("%s is offered %d times: %v, costs %v", offer.ID, offer.Times, err, out.Costs))
	}
	last := out.Rewards[len(out.Rewards)-1]
	if last.Voucher != (offer.Held.Count > 0) || last.Discount > before.Total {
		s.t.Fatal(fmt.Sprintf("%+v is taken as %+v", offer, last))
	}
	posted := loyalty.Posted{Entry: ledger.EntryID{1}, Kind: ledger.Sold, Moment: s.moment(o.At), On: "sale", Outcome: out}
	_, err = s.a.Clone().Post(s.p, posted)
	s.must(err)
	s.seen["reward "+offer.ID]++
	out, err = s.evaluate(o, loyalty.Redemption{Reward: offer.ID, Times: offer.Times + 1})
	var no *loyalty.RewardRefused
	if !errors.As(err, &no) && s.pays(out) {
		s.t.Fatal(fmt.Sprintf("%s is offered %d times only: %v", offer.ID, offer.Times, err))
	}
}

// refused asks for what was not offered.
func (s *story) refused(o loyalty.Occasion, r loyalty.Reward, reason string, left ledger.Points) {
	_, err := s.evaluate(o, loyalty.Redemption{Reward: r.ID, Times: 1})
	if strings.HasPrefix(reason, "costs ") && left < r.Cost {
		return // which Evaluate does not look at
	}
	var no *loyalty.RewardRefused
	if !errors.As(err, &no) || no.Reward != r.ID || no.Reason != reason || reason == "" {
		s.t.Fatal(fmt.Sprintf("%s is not offered, %q, and asked for: %v", r.ID, reason, err))
	}
}
