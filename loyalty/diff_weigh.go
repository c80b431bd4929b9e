package loyalty

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Verdict says which way a change goes for members; empty where that is not
// certain for each of them.
type Verdict string

// The verdicts.
const (
	Better Verdict = "better"
	Worse  Verdict = "worse"
)

// weight collects which ways the parts of a change go. A change has a verdict
// if all its parts go one way.
type weight struct{ better, worse, unsure bool }

func (w weight) verdict() Verdict {
	switch {
	case w.unsure || w.better == w.worse:
		return ""
	case w.better:
		return Better
	}
	return Worse
}

// sum is a change with all these parts.
func sum(parts ...weight) (all weight) {
	for _, w := range parts {
		all = weight{all.better || w.better, all.worse || w.worse, all.unsure || w.unsure}
	}
	return all
}

// reversed is the same change seen from the other version.
func (w weight) reversed() weight { return weight{w.worse, w.better, w.unsure} }

var (
	nothing = weight{}
	good    = weight{better: true}
	bad     = weight{worse: true}
	unsure  = weight{unsure: true}
)

// weighNumber is for numbers of which members want more.
func weighNumber[N cmp.Ordered](old, new N) weight {
	switch {
	case new > old:
		return good
	case new < old:
		return bad
	}
	return nothing
}

// weighSame is for what has no order.
func weighSame[T comparable](old, new T) weight {
	if old == new {
		return nothing
	}
	return unsure
}

// anyDay is a day on which periods are compared: months have no one length.
const anyDay ledger.Date = "2026-01-01"

// weighPeriod is for lengths of which members want more.
func weighPeriod(old, new period) weight {
	switch {
	case old.months == new.months:
		return weighNumber(old.days, new.days)
	case old.days == new.days:
		return weighNumber(old.months, new.months)
	}
	return longBy(old, new)
}

// longBy compares months with days where the difference is beyond what months
// differ by.
func longBy(old, new period) weight {
	const slack = 5 // days
	was, is := civil(old.from(anyDay)), civil(new.from(anyDay))
	switch {
	case is.After(was.AddDate(0, 0, slack)):
		return good
	case is.Before(was.AddDate(0, 0, -slack)):
		return bad
	}
	return unsure
}

// weighCondition knows that a further "&&" asks for more, and that one which
// is gone asks for less.
func weighCondition(old, new *condition.Condition) weight {
	if written(old) == written(new) {
		return nothing
	}
	was, ok := clausesOf(old)
	is, alsoOK := clausesOf(new)
	if !ok || !alsoOK {
		return unsure
	}
	fewer, more := allAmong(is, was), allAmong(was, is)
	switch {
	case fewer && more:
		return nothing
	case fewer:
		return good
	case more:
		return bad
	}
	return unsure
}

// clausesOf are the clauses that must all hold; false where it is not that
// simple.
func clausesOf(c *condition.Condition) ([]clause, bool) {
	if c == nil || c.String() == "true" {
		return nil, true
	}
	all, ok := readClauses(c.String())
	if !ok || len(all) != 1 {
		return nil, false
	}
	return all[0], true
}

// allAmong reports whether all of some clauses are among others.
func allAmong(some, others []clause) bool {
	return !slices.ContainsFunc(some, func(c clause) bool {
		return !slices.ContainsFunc(others, c.equal)
	})
}

func (c clause) equal(other clause) bool {
	return c.path == other.path && c.op == other.op && c.text == other.text && slices.Equal(c.values, other.values)
}

// weighLimits compares what the limits of a rule or reward allow.
func weighLimits(old, new *Program, was, is []string) (all weight) {
	for _, name := range was {
		if !slices.Contains(is, name) {
			all = sum(all, good)
		}
	}
	for _, name := range is {
		if !slices.Contains(was, name) {
			all = sum(all, bad)
			continue
		}
		all = sum(all, weighLimit(old.limits[name], new.limits[name]))
	}
	return all
}

// weighLimit compares two limits. Calendar windows lie within each other, so
// that the same number in a shorter one allows more.
func weighLimit(old, new limit) weight {
	if (old.uses > 0) != (new.uses > 0) {
		return unsure
	}
	return sum(weighNumber(old.uses, new.uses), weighNumber(old.amount, new.amount), weighWindow(old.every, new.every))
}

func weighWindow(old, new window) weight {
	if old.kind == new.kind {
		return weighPeriod(old.period, new.period).reversed()
	}
	wider := []windowKind{calendarDay, calendarMonth, calendarYear, ever}
	was, is := slices.Index(wider, old.kind), slices.Index(wider, new.kind)
	if was < 0 || is < 0 {
		return unsure
	}
	return weighNumber(is, was)
}
