package loyalty

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// part is what one rule gives of one unit: base·k/d on each line, or a whole
// amount split over the lines by their base.
type part struct {
	rule  string
	base  []int64 // of each line; 0 where the line is not for the rule
	first int     // the first line that is
	k, d  int64
	fixed ledger.Points
	// cut says that a limit left less than the rule would have given.
	cut Fraction
	// limited says that it is rounded by itself.
	limited bool
}

// part makes a rule's part of one unit.
func (e *evaluation) part(r *rule, g give, of reach) (part, error) {
	p := part{rule: r.id, base: make([]int64, len(of.lines)), first: -1, d: 1}
	for i, reached := range of.lines {
		if !reached {
			continue
		}
		if p.first < 0 {
			p.first = i
		}
		p.base[i] = e.base(r, i)
	}
	if g.fixed > 0 {
		p.fixed = g.fixed
		return p, nil
	}
	if p.k, p.d = g.rate.Num, g.rate.Den; of.paid != of.total {
		shared := gcd(int64(of.paid), int64(of.total))
		if p.scale(int64(of.paid)/shared, int64(of.total)/shared) != nil {
			return p, tooMuch()
		}
	}
	if r.step > 1 {
		var all int64
		for _, b := range p.base {
			all += b // quantities and amounts of a checked basket
		}
		if whole := all - all%r.step; all > 0 && p.scale(whole, all) != nil {
			return p, tooMuch()
		}
	}
	return p, nil
}

// base is what the rule's rate is of, on one line.
func (e *evaluation) base(r *rule, i int) int64 {
	if e.Basket == nil {
		return max(0, e.Activity.Value)
	}
	switch r.of {
	case ofGross:
		return int64(e.out.Lines[i].Gross - e.out.Lines[i].Discount)
	case ofQuantity:
		return e.out.Lines[i].Quantity
	}
	return int64(e.out.Net[i])
}

// scale multiplies the part's rate by num/den.
func (p *part) scale(num, den int64) error {
	if num == 0 {
		p.k = 0
		return nil
	}
	shared := gcd(p.k, den)
	k, den := p.k/shared, den/shared
	shared = gcd(num, p.d)
	num, d := num/shared, p.d/shared
	var err error
	if p.k, err = ledger.MulDivFloor(k, num, 1); err != nil {
		return err
	}
	p.d, err = ledger.MulDivFloor(d, den, 1)
	return err
}

// exact writes what the part gives on each line, in fractions of a denominator
// that its own divides.
func (p *part) exact(den int64) ([]Fraction, error) {
	all := make([]Fraction, len(p.base))
	if p.k == 0 {
		whole := p.split(p.fixed)
		for i := range all {
			all[i] = Fraction{Whole: whole[i], Den: den}
		}
		return all, nil
	}
	k, err := ledger.MulDivFloor(p.k, den/p.d, 1)
	if err != nil {
		return nil, err
	}
	for i, b := range p.base {
		if all[i], err = quotient(b, k, den); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// split gives an amount to the part's lines by their base, by the largest
// remainder; all to the first of them where no line has a base.
func (p *part) split(amount ledger.Points) []int64 {
	parts := make([]int64, len(p.base))
	var total int64
	for _, b := range p.base {
		total += b
	}
	if total == 0 {
		parts[max(0, p.first)] = int64(amount)
		return parts
	}
	exact := make([]Fraction, len(p.base))
	for i, b := range p.base {
		// Never overflows: the share is at most the amount.
		exact[i], _ = quotient(int64(amount), b, total)
	}
	apportion(int64(amount), exact, parts)
	return parts
}

// cap rounds a part under limits by itself, and leaves no more of it than there
// is room.
func (p *part) cap(round rounding, room ledger.Points) error {
	exact, err := p.exact(p.d)
	if err != nil {
		return err
	}
	sum, err := sumOf(exact, p.d)
	if err != nil {
		return err
	}
	given := sum.round(round)
	if given > room {
		p.cut, given = sum, room
	}
	p.fixed, p.k, p.d, p.limited = given, 0, 1, true
	return nil
}

// earnings are all parts of one unit, added up.
type earnings struct {
	Explanation
	parts []part
	exact [][]Fraction // of each part, by line
	// together is what parts that are rounded together give on each line.
	together []int64
}

// add adds up exactly what the rules give of the unit on each line, rounds
// what is rounded together once, and splits it over the lines.
func (u *unit) add(parts []part, lines int) (*earnings, error) {
	s := &earnings{parts: parts, together: make([]int64, lines)}
	den, err := commonDenominator(u.den, parts)
	if err != nil {
		return nil, err
	}
	s.Unit, s.Sum = u.name, Fraction{Den: den}
	s.Lines = make([]LineExplanation, lines)
	s.Parts, s.exact = make([]RulePart, 0, len(parts)), make([][]Fraction, 0, len(parts))
	joint, limited := zeros(lines, den), ledger.Points(0)
	for _, p := range parts {
		exact, err := p.exact(den)
		if err != nil {
			return nil, err
		}
		s.exact = append(s.exact, exact)
		of, err := sumOf(exact, den)
		if err != nil {
			return nil, err
		}
		s.Parts = append(s.Parts, RulePart{Rule: p.rule, Exact: of, Uncut: p.cut})
		if s.Sum, err = s.Sum.add(of); err != nil {
			return nil, err
		}
		if p.limited {
			limited += p.fixed // at most what its limit allows
			continue
		}
		for i := range joint {
			if joint[i], err = joint[i].add(exact[i]); err != nil {
				return nil, err
			}
		}
	}
	sum, err := sumOf(joint, den)
	if err != nil {
		return nil, err
	}
	rounded := sum.round(u.round)
	apportion(int64(rounded), joint, s.together)
	if s.Given, err = rounded.Add(limited); err != nil || s.Given > MaxEarned {
		return nil, ledger.ErrOverflow
	}
	return s, s.explainLines(den)
}

func (s *earnings) explainLines(den int64) error {
	exact := make([]Fraction, len(s.Lines)*len(s.parts))
	for i := range s.Lines {
		line := &s.Lines[i]
		line.Sum, line.Given = Fraction{Den: den}, ledger.Points(s.together[i])
		line.Exact, exact = exact[:len(s.parts):len(s.parts)], exact[len(s.parts):]
		for k, p := range s.parts {
			line.Exact[k] = s.exact[k][i]
			var err error
			if line.Sum, err = line.Sum.add(line.Exact[k]); err != nil {
				return err
			}
			if p.limited {
				line.Given += ledger.Points(s.exact[k][i].Whole)
			}
		}
	}
	return nil
}

// post appends what each line was given, split over the rules that gave it.
// lines are the numbers of the basket's lines; an activity has none, and its
// units belong to no line.
func (s *earnings) post(earned []ledger.Posting, lot lotOf, lines []int) []ledger.Posting {
	earned = slices.Grow(earned, len(s.Lines)*len(s.parts))
	joint, shares := make([]Fraction, 0, len(s.parts)), make([]int64, len(s.parts))
	for i := range s.Lines {
		joint = joint[:0]
		for k, p := range s.parts {
			if !p.limited {
				joint = append(joint, s.exact[k][i])
			}
		}
		apportion(s.together[i], joint, shares)
		next := 0
		for k, p := range s.parts {
			amount := s.exact[k][i].Whole
			if !p.limited {
				amount = shares[next]
				next++
			}
			if amount == 0 {
				continue
			}
			posting := lot.posting(s.Unit, ledger.Points(amount))
			posting.Rule = p.rule
			if lines != nil {
				posting.Line = &lines[i]
			}
			earned = append(earned, posting)
		}
	}
	return earned
}

// lotOf is where units earned on a day go, and on which terms.
type lotOf struct {
	to    ledger.LedgerAccount
	terms *ledger.LotTerms // nil for at once and for ever
}

func (u *unit) lot(day ledger.Date, zone *time.Location) lotOf {
	l := lotOf{to: ledger.Available}
	if terms := u.terms(day, zone); terms != (ledger.LotTerms{}) {
		l.terms = &terms
	}
	if l.terms != nil && l.terms.VestsAt != 0 {
		l.to = ledger.Pending
	}
	return l
}

func (l lotOf) posting(unit ledger.Unit, amount ledger.Points) ledger.Posting {
	return ledger.Posting{Unit: unit, Amount: amount, From: ledger.Issued, To: l.to, Lot: l.terms}
}

func commonDenominator(den int64, parts []part) (int64, error) {
	for _, p := range parts {
		var err error
		if den, err = ledger.MulDivFloor(den/gcd(den, p.d), p.d, 1); err != nil {
			return 0, err
		}
	}
	return den, nil
}

func sumOf(all []Fraction, den int64) (sum Fraction, err error) {
	sum.Den = den
	for _, f := range all {
		if sum, err = sum.add(f); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// round is the one rounding of what is earned: once per occasion, member and
// unit, or by itself under a limit.
func (f Fraction) round(how rounding) ledger.Points {
	whole := f.Whole
	switch c := cmp.Compare(f.Num, f.Den-f.Num); {
	case f.Num == 0 || how == down || whole == math.MaxInt64:
	case how == up, c > 0, c == 0 && whole%2 == 1:
		whole++
	}
	return ledger.Points(whole)
}

func zeros(n int, den int64) []Fraction {
	all := make([]Fraction, n)
	for i := range all {
		all[i].Den = den
	}
	return all
}
