package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// MaxEarned is the most a sale may earn of a unit: a year of such sales can
// still be added up.
const MaxEarned ledger.Points = 1_000_000_000_000_000

// Missed is a rule that gave nothing, and what said no, in words.
type Missed struct {
	Rule   string
	Reason string
}

// unsaid stands for a reason that nobody asked for.
const unsaid = "-"

// earn gives what the rules for this event give. Conditions see the state
// before it; only limits that rules share are drawn on in order of rule id.
func (e *evaluation) earn() error {
	on := onSale
	if e.Activity != nil {
		on = e.Activity.On
		e.facts = e.Occasion.facts(e.Program)
	}
	member, referrer := make([][]part, len(e.units)), make([][]part, len(e.units))
	var vouchers, referrerVouchers []ledger.Posting
	for i := range e.rules {
		r := &e.rules[i]
		if r.on != on {
			continue
		}
		parts, issued := member, &vouchers
		if r.referrer {
			parts, issued = referrer, &referrerVouchers
		}
		missed, err := e.follow(r, parts, issued)
		if err != nil {
			return err
		}
		if missed != "" && e.Explain {
			e.out.Missed = append(e.out.Missed, Missed{r.id, missed})
		}
	}
	given, why, err := e.post(member)
	if err != nil {
		return err
	}
	toReferrer, _, err := e.post(referrer)
	if err != nil {
		return err
	}
	e.out.Earned = append(append(e.out.Earned, given...), vouchers...)
	e.out.ToReferrer = append(toReferrer, referrerVouchers...)
	e.out.Explanations = why
	return nil
}

// follow does what one rule says, or tells what said no.
func (e *evaluation) follow(r *rule, parts [][]part, issued *[]ledger.Posting) (missed string, err error) {
	if r.stopped {
		return stoppedWord, nil
	}
	side := &e.member
	if r.referrer {
		if e.Referrer == nil {
			return "nobody referred her", nil
		}
		side = &e.referrer
	}
	if !r.inForce(e.out.Day) {
		return r.dates(), nil
	}
	reach, missed, err := e.reach(r)
	if missed != "" || err != nil {
		return missed, err
	}
	_, room, full := side.room(r.limits)
	if full != "" {
		return "limit " + full + " is used up", nil
	}
	var total ledger.Points
	for _, g := range r.gives {
		p, err := e.part(r, g, reach)
		if err != nil {
			return "", err
		}
		if len(r.limits) > 0 {
			if err := p.cap(e.units[g.unit].round, room-total); err != nil {
				return "", tooMuch()
			}
			total += p.fixed
		}
		parts[g.unit] = append(parts[g.unit], p)
	}
	if r.issue != "" {
		reward, _ := e.Reward(r.issue) // Load saw to it
		*issued = append(*issued, e.voucher(reward, ledger.Posting{Rule: r.id}))
	}
	e.grant(r, reach)
	if len(r.limits) > 0 && (total > 0 || r.issue != "" || len(r.statuses) > 0) {
		side.draw(r.limits, ledger.LimitUse{Uses: 1, Amount: total, Rule: r.id})
	}
	return "", nil
}

// grant gives the rule's statuses, once for each line that sold one.
func (e *evaluation) grant(r *rule, of reach) {
	for _, s := range r.statuses {
		g := ledger.StatusGrant{Status: s.status, Period: s.period.text, Rule: r.id}
		if r.each != eachLine {
			e.out.Statuses = append(e.out.Statuses, g)
			continue
		}
		for i, reached := range of.lines {
			if reached {
				g.Line = new(i)
				e.out.Statuses = append(e.out.Statuses, g)
			}
		}
	}
}

// post rounds what each unit's rules give together, once, splits it over the
// lines, and explains it.
func (e *evaluation) post(parts [][]part) (postings []ledger.Posting, why []Explanation, err error) {
	lines := make([]int, len(e.out.Lines))
	for i := range lines {
		lines[i] = i
	}
	if e.Basket == nil {
		lines = nil
	}
	for i := range e.units {
		if len(parts[i]) == 0 {
			continue
		}
		sum, err := e.units[i].add(parts[i], max(1, len(e.out.Lines)))
		if err != nil {
			return nil, nil, tooMuch()
		}
		postings = sum.post(postings, e.units[i].lot(e.out.Day, e.zone()), lines)
		if e.isMoney(&e.units[i]) {
			sum.Money = e.currency
		}
		why = append(why, sum.Explanation)
	}
	return postings, why, nil
}

func tooMuch() error {
	return &InvalidBasket{"line_items", "the basket would earn more than can be counted"}
}

// reach is what of an event a rule is about: some lines, and a share of what
// was paid.
type reach struct {
	lines       []bool // of an activity, one that stands for it
	paid, total ledger.Minor
}

// reach finds it, or tells what said no.
func (e *evaluation) reach(r *rule) (of reach, missed string, err error) {
	of.paid, of.total = 1, 1
	if r.each == eachBasket {
		if ok, err := e.holds(r.when); !ok || err != nil {
			return of, e.missing(r), err
		}
	}
	if e.Basket == nil {
		of.lines = []bool{true}
		return of, "", nil
	}
	if r.each == eachTender {
		if of.paid, of.total, err = e.paid(r); err != nil {
			return of, "", err
		}
		if of.paid == 0 {
			return of, e.missing(r), nil
		}
	}
	if of.lines, err = e.linesFor(r); err != nil {
		return of, "", err
	}
	if !slices.Contains(of.lines, true) {
		if e.Explain && e.asksUnknown(r.when) {
			return of, notKnown, nil
		}
		if e.Explain && r.each == eachLine && r.when != nil {
			return of, e.only(r.when.String()), nil
		}
		return of, "no line of the basket counts", nil
	}
	return of, "", nil
}

// missing says what kept a rule from giving anything.
func (e *evaluation) missing(r *rule) string {
	switch {
	case !e.Explain:
		return unsaid
	case r.when == nil:
		return "nothing was paid"
	case e.asksUnknown(r.when):
		return notKnown
	}
	if text := r.when.Missing(&e.facts); text != "" {
		return e.only(text)
	}
	return e.only(r.when.String())
}

// linesFor are the lines that count, and of which the rule's condition holds.
func (e *evaluation) linesFor(r *rule) ([]bool, error) {
	defer func() { e.facts.Line = nil }()
	lines := make([]bool, len(e.Basket.Lines))
	if r.each == eachLine && r.when != nil && !r.when.Reads("line") {
		if ok, err := e.holds(r.when); !ok || err != nil { // the same for all
			return lines, err
		}
	}
	eligible := e.eligible
	for i := range lines {
		if r.eligible == e.Program.eligible && eligible != nil {
			if !eligible[i] {
				continue
			}
		} else {
			e.facts.Line = &e.Basket.Lines[i]
			if ok, err := e.holds(r.eligible); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		lines[i] = true
	}
	if r.eligible == e.Program.eligible && eligible == nil {
		e.eligible = slices.Clone(lines)
	}
	if r.each != eachLine || r.when == nil || !r.when.Reads("line") {
		return lines, nil
	}
	for i := range lines {
		if !lines[i] {
			continue
		}
		e.facts.Line = &e.Basket.Lines[i]
		ok, err := e.holds(r.when)
		if err != nil {
			return nil, err
		}
		lines[i] = ok
	}
	return lines, nil
}

// paid is how much was paid by tenders of which the rule's condition holds, of
// all that was. A basket that names no tender was paid in one way.
func (e *evaluation) paid(r *rule) (by, all ledger.Minor, err error) {
	defer func() { e.facts.Tender = nil }()
	tenders := e.Basket.Tenders
	if len(tenders) == 0 {
		tenders = []ledger.Tender{{Amount: 1}}
	}
	for i := range tenders {
		e.facts.Tender = &tenders[i]
		ok, err := e.holds(r.when)
		if err != nil {
			return 0, 0, err
		}
		if ok {
			by, err = by.Add(tenders[i].Amount)
		}
		if err == nil {
			all, err = all.Add(tenders[i].Amount)
		}
		if err != nil {
			return 0, 0, &InvalidBasket{"tenders", "more was paid than can be counted"}
		}
	}
	if by < 0 || by > all || all > MaxSale {
		return 0, 0, &InvalidBasket{"tenders", "what was paid is below zero or too much: say what each tender paid, after change"}
	}
	return by, all, nil
}
