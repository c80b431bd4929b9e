package loyalty_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// slow is a program as the language's words have it, evaluated straight from
// them with big rationals. It shares nothing with the evaluator but the types
// of a basket. What the words leave open it does as the evaluator: steps are
// counted over all lines that a rule is about; a fixed amount is split over them
// whole; and what a line got is split over the rules that are rounded together.
type slow struct {
	eligible string // a category that does not count; empty for all
	units    []slowUnit
	limits   []slowLimit
	rules    []slowRule
	off      ledger.Minor // of the only reward, taken in each sale; 0 for none
}

type slowUnit struct{ name, round string }

type slowLimit struct {
	name         string
	uses, amount int64 // one of them
	used         int64 // of her, before
}

// slowRule has a condition of one kind: a category of a line, the type of a
// tender, or a least net of a line or basket.
type slowRule struct {
	id, each, of string
	category     string
	tender       string
	least        ledger.Minor
	step         int64
	limits       []int
	gives        []slowGive // by unit
}

type slowGive struct {
	unit string
	give
}

func (p *slow) source() string {
	var b strings.Builder
	fmt.Fprintf(&b, "program: slow\nversion: 1\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\nnotice: P0D\nproof: {earn: claimed, redeem: claimed}\n")
	if p.eligible != "" {
		fmt.Fprintf(&b, "eligible: '!(%q in line.categories)'\n", p.eligible)
	}
	b.WriteString("units:\n")
	for _, u := range p.units {
		fmt.Fprintf(&b, "  %s: {round: %s}\n", u.name, u.round)
	}
	b.WriteString("limits:\n")
	for _, l := range p.limits {
		if l.uses > 0 {
			fmt.Fprintf(&b, "  %s: {uses: %d, every: ever}\n", l.name, l.uses)
		} else {
			fmt.Fprintf(&b, "  %s: {amount: %d, every: ever}\n", l.name, l.amount)
		}
	}
	b.WriteString("rules:\n")
	for _, r := range p.rules {
		fmt.Fprintf(&b, "  - {id: %s, on: sale, each: %s, of: %s, step: %d", r.id, r.each, r.of, r.step)
		if when := r.when(); when != "" {
			fmt.Fprintf(&b, ", when: '%s'", when)
		}
		if len(r.limits) > 0 {
			var names []string
			for _, i := range r.limits {
				names = append(names, p.limits[i].name)
			}
			fmt.Fprintf(&b, ", limit: [%s]", strings.Join(names, ", "))
		}
		var gives []string
		for _, g := range r.gives {
			gives = append(gives, g.unit+": "+g.String())
		}
		fmt.Fprintf(&b, ", give: {%s}}\n", strings.Join(gives, ", "))
	}
	if p.off > 0 {
		fmt.Fprintf(&b, "rewards:\n  - {id: off, benefit: {discount: %d}}\n", p.off)
	}
	return b.String()
}

func (r *slowRule) when() string {
	switch {
	case r.category != "" && r.each == "line":
		return fmt.Sprintf("%q in line.categories", r.category)
	case r.category != "":
		return fmt.Sprintf("basket.lines.exists(l, %q in l.categories)", r.category)
	case r.tender != "" && r.each == "tender":
		return fmt.Sprintf("tender.type == %q", r.tender)
	case r.least > 0 && r.each == "line":
		return fmt.Sprintf("line.net >= %d", r.least)
	case r.least > 0:
		return fmt.Sprintf("basket.net >= %d", r.least)
	}
	return ""
}

func drawSlow(t *rapid.T) *slow {
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	p := &slow{eligible: one("eligible", "", "a"), units: []slowUnit{{"p", ""}, {"q", ""}}}
	for i := range p.units {
		p.units[i].round = one("round", "down", "half_even", "up")
	}
	for i := range 3 {
		l := slowLimit{name: fmt.Sprint("l", i), used: rapid.Int64Range(0, 3).Draw(t, "used")}
		if rapid.Bool().Draw(t, "uses") {
			l.uses = rapid.Int64Range(1, 4).Draw(t, "uses")
		} else {
			l.amount = rapid.Int64Range(1, 500).Draw(t, "amount")
		}
		p.limits = append(p.limits, l)
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
		p.rules = append(p.rules, drawSlowRule(t, fmt.Sprint("r", i)))
	}
	p.rules = rapid.Permutation(p.rules).Draw(t, "order")
	if rapid.Bool().Draw(t, "discount") {
		p.off = ledger.Minor(rapid.Int64Range(1, 2000).Draw(t, "off"))
	}
	return p
}

func drawSlowRule(t *rapid.T, id string) slowRule {
	r := slowRule{
		id: id, each: rapid.SampledFrom([]string{"basket", "line", "tender"}).Draw(t, "each"),
		of:   rapid.SampledFrom([]string{"net", "net", "gross", "quantity"}).Draw(t, "of"),
		step: rapid.SampledFrom([]int64{1, 1, 1, 6, 10, 250}).Draw(t, "step"),
	}
	switch rapid.IntRange(0, 3).Draw(t, "condition") {
	case 1:
		r.category = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "category")
	case 2:
		r.tender = rapid.SampledFrom([]string{"card", "cash"}).Draw(t, "tender")
	case 3:
		r.least = ledger.Minor(rapid.Int64Range(1, 2000).Draw(t, "least"))
	}
	if r.each == "tender" && (r.category != "" || r.least > 0) {
		r.each = "basket"
	}
	if rapid.IntRange(0, 2).Draw(t, "is limited") == 0 {
		r.limits = rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 1, 2, rapid.ID).Draw(t, "limits")
	}
	for _, unit := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p", "q"}), 1, 2, rapid.ID).Draw(t, "units") {
		r.gives = append(r.gives, slowGive{unit, rapid.OneOf(rate, rate, fixed).Draw(t, "give")})
	}
	return r
}

func drawSlowBasket(t *rapid.T) *loyalty.Basket {
	b := &loyalty.Basket{Currency: "USD"}
	for range rapid.IntRange(1, 6).Draw(t, "lines") {
		l := ledger.Line{
			Net:        ledger.Minor(rapid.OneOf(rapid.Int64Range(0, 30), rapid.Int64Range(0, 9999)).Draw(t, "net")),
			Quantity:   rapid.Int64Range(0, 20).Draw(t, "quantity"),
			Categories: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 2, rapid.ID).Draw(t, "categories"),
		}
		l.Gross = l.Net + ledger.Minor(rapid.Int64Range(0, int64(l.Net)/4).Draw(t, "tax"))
		b.Lines = append(b.Lines, l)
	}
	for range rapid.IntRange(0, 3).Draw(t, "tenders") {
		b.Tenders = append(b.Tenders, ledger.Tender{
			Type: rapid.SampledFrom([]string{"card", "cash"}).Draw(t, "type"), Amount: ledger.Minor(rapid.Int64Range(0, 9999).Draw(t, "paid")),
		})
	}
	return b
}

// sale is a basket under way.
type slowSale struct {
	*slow
	lines   []ledger.Line
	net     []*big.Rat // what each line earns on
	gross   []*big.Rat
	tenders []ledger.Tender
	given   map[string]ledger.Points // "unit rule@line"
	used    []int64                  // of the limits
	joint   map[string][]slowPart    // by unit
}

type slowPart struct {
	rule  string
	exact []*big.Rat // by line
}

// evaluate returns what each rule gives of each unit on each line.
func (p *slow) evaluate(b *loyalty.Basket) *slowSale {
	s := &slowSale{slow: p, lines: b.Lines, tenders: b.Tenders, given: map[string]ledger.Points{}, joint: map[string][]slowPart{}}
	s.discount()
	for _, l := range p.limits {
		s.used = append(s.used, l.used)
	}
	byID := slices.SortedFunc(slices.Values(p.rules), func(a, b slowRule) int { return strings.Compare(a.id, b.id) })
	for i := range byID {
		s.follow(&byID[i])
	}
	for _, u := range p.units {
		s.together(u)
	}
	return s
}

// discount takes the reward off: over all lines, eligible or not, by the largest
// remainder; net falls as gross does, rounded half to even.
func (s *slowSale) discount() {
	total := new(big.Rat)
	for _, l := range s.lines {
		total.Add(total, whole(int64(l.Gross)))
	}
	off := make([]ledger.Points, len(s.lines))
	if s.off > 0 {
		var shares []*big.Rat
		for _, l := range s.lines {
			shares = append(shares, new(big.Rat).Quo(new(big.Rat).Mul(whole(int64(s.off)), whole(int64(l.Gross))), total))
		}
		off = largestRemainder(int64(s.off), shares)
	}
	for i, l := range s.lines {
		left := whole(int64(l.Gross) - int64(off[i]))
		net := whole(int64(l.Net))
		if off[i] > 0 {
			net = whole(rounded(new(big.Rat).Quo(new(big.Rat).Mul(net, left), whole(int64(l.Gross))), "half_even"))
		}
		s.net, s.gross = append(s.net, net), append(s.gross, left)
	}
}

// follow adds what a rule gives.
func (s *slowSale) follow(r *slowRule) {
	about, share := s.about(r), s.paid(r)
	for _, i := range r.limits {
		l := s.limits[i]
		if s.used[i] >= max(l.uses, l.amount) {
			return
		}
	}
	if !slices.Contains(about, true) || share.Sign() == 0 {
		return
	}
	var given int64
	gives := slices.SortedFunc(slices.Values(r.gives), func(a, b slowGive) int { return strings.Compare(a.unit, b.unit) })
	for _, g := range gives {
		part := s.part(r, g, about, share)
		if len(r.limits) == 0 {
			s.joint[g.unit] = append(s.joint[g.unit], slowPart{r.id, part})
			continue
		}
		amount := rounded(sum(part), s.unit(g.unit).round)
		for _, i := range r.limits {
			if l := s.limits[i]; l.amount > 0 {
				amount = min(amount, l.amount-s.used[i]-given)
			}
		}
		given += amount
		s.give(g.unit, r.id, splitWhole(amount, s.bases(r, about), about))
	}
	for _, i := range r.limits {
		if s.limits[i].uses > 0 && given > 0 {
			s.used[i]++
		} else if s.limits[i].uses == 0 {
			s.used[i] += given
		}
	}
}

func (s *slowSale) unit(name string) slowUnit {
	return s.units[slices.IndexFunc(s.units, func(u slowUnit) bool { return u.name == name })]
}

// about are the lines that a rule is about.
func (s *slowSale) about(r *slowRule) []bool {
	holds := func(l ledger.Line) bool {
		return (r.category == "" || slices.Contains(l.Categories, r.category)) && l.Net >= r.least
	}
	basketHolds := false
	var net ledger.Minor
	for _, l := range s.lines {
		net += l.Net
		basketHolds = basketHolds || r.category == "" || slices.Contains(l.Categories, r.category)
	}
	basketHolds = basketHolds && net >= r.least
	about := make([]bool, len(s.lines))
	for i, l := range s.lines {
		about[i] = s.eligible == "" || !slices.Contains(l.Categories, s.eligible)
		if r.each == "line" {
			about[i] = about[i] && holds(l)
		} else {
			about[i] = about[i] && basketHolds
		}
	}
	return about
}

// paid is the share of what was paid that a rule is about.
func (s *slowSale) paid(r *slowRule) *big.Rat {
	if r.each != "tender" {
		return whole(1)
	}
	tenders := s.tenders
	if len(tenders) == 0 {
		tenders = []ledger.Tender{{Amount: 1}}
	}
	by, all := new(big.Rat), new(big.Rat)
	for _, t := range tenders {
		if r.tender == "" || t.Type == r.tender {
			by.Add(by, whole(int64(t.Amount)))
		}
		all.Add(all, whole(int64(t.Amount)))
	}
	if all.Sign() == 0 {
		return by
	}
	return by.Quo(by, all)
}

// bases are what a rule's rate is of, on each line.
func (s *slowSale) bases(r *slowRule, about []bool) []*big.Rat {
	bases := make([]*big.Rat, len(s.lines))
	for i, l := range s.lines {
		switch {
		case !about[i]:
			bases[i] = new(big.Rat)
		case r.of == "net":
			bases[i] = s.net[i]
		case r.of == "gross":
			bases[i] = s.gross[i]
		default:
			bases[i] = whole(l.Quantity)
		}
	}
	return bases
}

// part is what a rule gives of a unit on each line, exactly.
func (s *slowSale) part(r *slowRule, g slowGive, about []bool, share *big.Rat) []*big.Rat {
	bases := s.bases(r, about)
	if g.den == 0 {
		var part []*big.Rat
		for _, amount := range splitWhole(g.num, bases, about) {
			part = append(part, whole(int64(amount)))
		}
		return part
	}
	factor := new(big.Rat).Mul(big.NewRat(g.num, g.den), share)
	if all := sum(bases); r.step > 1 && all.Sign() > 0 {
		steps := whole(rounded(new(big.Rat).Quo(all, whole(r.step)), "down"))
		factor.Mul(factor, steps.Mul(steps, whole(r.step)).Quo(steps, all))
	}
	part := make([]*big.Rat, len(bases))
	for i, base := range bases {
		part[i] = new(big.Rat).Mul(base, factor)
	}
	return part
}

// together rounds what rules give that no limit bounds, once, and splits it over
// the lines, and what each got over the rules.
func (s *slowSale) together(u slowUnit) {
	parts := s.joint[u.name]
	lines := make([]*big.Rat, len(s.lines))
	for i := range lines {
		lines[i] = new(big.Rat)
		for _, p := range parts {
			lines[i].Add(lines[i], p.exact[i])
		}
	}
	got := largestRemainder(rounded(sum(lines), u.round), lines)
	for i := range s.lines {
		exact := make([]*big.Rat, len(parts))
		for k, p := range parts {
			exact[k] = p.exact[i]
		}
		for k, amount := range largestRemainder(int64(got[i]), exact) {
			s.given[fmt.Sprintf("%s %s@%d", u.name, parts[k].rule, i)] += amount
		}
	}
}

func (s *slowSale) give(unit, rule string, lines []ledger.Points) {
	for i, amount := range lines {
		s.given[fmt.Sprintf("%s %s@%d", unit, rule, i)] += amount
	}
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func sum(all []*big.Rat) *big.Rat {
	total := new(big.Rat)
	for _, r := range all {
		total.Add(total, r)
	}
	return total
}

// rounded makes an amount ≥ 0 whole.
func rounded(r *big.Rat, how string) int64 {
	floor := new(big.Int).Quo(r.Num(), r.Denom())
	n := floor.Int64()
	rest := new(big.Rat).Sub(r, new(big.Rat).SetInt(floor))
	half := rest.Cmp(big.NewRat(1, 2))
	if how == "up" && rest.Sign() > 0 || how == "half_even" && (half > 0 || half == 0 && n%2 == 1) {
		n++
	}
	return n
}

// splitWhole splits an amount over lines by their bases; to the first that the
// rule is about where none has a base.
func splitWhole(amount int64, bases []*big.Rat, about []bool) []ledger.Points {
	all := sum(bases)
	if all.Sign() == 0 {
		parts := make([]ledger.Points, len(bases))
		parts[slices.Index(about, true)] = ledger.Points(amount)
		return parts
	}
	shares := make([]*big.Rat, len(bases))
	for i, base := range bases {
		shares[i] = new(big.Rat).Quo(new(big.Rat).Mul(whole(amount), base), all)
	}
	return largestRemainder(amount, shares)
}

// largestRemainder gives each its whole share, and one more to those with the
// largest remainders, the earlier where they tie, until all is given.
func largestRemainder(amount int64, shares []*big.Rat) []ledger.Points {
	parts := make([]ledger.Points, len(shares))
	order := make([]int, len(shares))
	rest := make([]*big.Rat, len(shares))
	for i, share := range shares {
		n := rounded(share, "down")
		parts[i], order[i] = ledger.Points(n), i
		rest[i] = new(big.Rat).Sub(share, whole(n))
		amount -= n
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for _, i := range order[:amount] {
		parts[i]++
	}
	return parts
}

// The evaluator gives, of each unit, by each rule, on each line, just what the
// words of the language say.
func TestAsTheWordsSay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		slow := drawSlow(rt)
		p, err := loyalty.Load([]byte(slow.source()), "slow.yaml")
		if err != nil {
			rt.Fatal(err, slow.source())
		}
		for range 10 {
			b := drawSlowBasket(rt)
			var gross ledger.Minor
			for _, l := range b.Lines {
				gross += l.Gross
			}
			this := *slow
			if this.off > gross {
				this.off = 0
			}
			want := this.evaluate(b)
			if this.off > 0 {
				b.Redeem = []loyalty.Redemption{{Reward: "off", Times: 1}}
			}
			standing := &loyalty.Standing{Used: map[string]loyalty.Usage{}}
			for _, l := range slow.limits {
				if l.uses > 0 {
					standing.Used[l.name] = loyalty.Usage{Uses: l.used}
				} else {
					standing.Used[l.name] = loyalty.Usage{Amount: ledger.Points(l.used)}
				}
			}
			out, err := p.Evaluate(loyalty.Occasion{At: at("2026-06-01"), Basket: b, Member: standing})
			if err != nil {
				rt.Fatal(err)
			}
			got := map[string]ledger.Points{}
			for _, e := range out.Earned {
				got[fmt.Sprintf("%s %s@%d", e.Unit, e.Rule, *e.Line)] += e.Amount
			}
			maps.DeleteFunc(want.given, func(_ string, amount ledger.Points) bool { return amount == 0 })
			if diff := cmp.Diff(want.given, got); diff != "" {
				rt.Fatalf("%s\n(-as the words say +evaluated):\n%s", slow.source(), diff)
			}
			for _, u := range out.Uses {
				for i, l := range slow.limits {
					if l.name == u.Limit {
						want.used[i] -= u.Uses + int64(u.Amount)
					}
				}
			}
			for i, l := range slow.limits {
				if want.used[i] != l.used {
					rt.Fatalf("%s\nlimit %s: %d are not drawn", slow.source(), l.name, want.used[i]-l.used)
				}
			}
		}
	})
}
