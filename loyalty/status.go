package loyalty

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// span is a stretch of days on which a status holds; until is the first on which
// it no longer does.
type span struct{ from, until ledger.Date }

// spansOf folds grants of one status: each extends what there is, or begins on
// its day; one of a chain extends no other chain. There is one span for each grant.
func spansOf(grants []Granted) []span {
	spans := make([]span, len(grants))
	ends := map[string]ledger.Date{}
	var last ledger.Date
	for i, g := range grants {
		period, err := parsePeriod(g.Period)
		if err != nil {
			continue // fold took none that cannot be read
		}
		from := max(last, g.Day)
		if g.Chain != "" {
			from = max(ends[g.Chain], g.Day)
		}
		spans[i] = span{from, period.from(from)}
		ends[g.Chain] = spans[i].until
		last = max(last, spans[i].until)
	}
	return spans
}

// beside puts grants of two accounts that became one next to each other: each
// account's extend only its own, so that the status holds until the later end, and
// what a return ends is what it would have ended.
func beside(a []Granted, of string, b []Granted, other string) []Granted {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	all := append(chained(a, of), chained(b, other)...)
	slices.SortStableFunc(all, func(a, b Granted) int { return cmp.Compare(a.Day, b.Day) })
	return all
}

// chained names the chain of grants that have none: the one that ends last, which
// they extend, or else their account's.
func chained(grants []Granted, name string) []Granted {
	grants = slices.Clone(grants)
	var end ledger.Date
	for i, span := range spansOf(grants) {
		if chain := grants[i].Chain; chain != "" && span.until > end {
			name, end = chain, span.until
		}
	}
	for i := range grants {
		grants[i].Chain = cmp.Or(grants[i].Chain, name)
	}
	return grants
}

// statuses are those that hold on a day, in order of name.
func (s *State) statuses(day ledger.Date) (names []string) {
	for name, grants := range s.Statuses {
		if slices.ContainsFunc(spansOf(grants), func(s span) bool { return day >= s.from && day < s.until }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// StatusEnds returns, of each status that holds on a day, the first day on which
// it no longer does.
func (s *State) StatusEnds(day ledger.Date) map[string]ledger.Date {
	ends := map[string]ledger.Date{}
	for name, grants := range s.Statuses {
		var until ledger.Date
		for _, span := range spansOf(grants) {
			if span.from <= max(day, until) && span.until > day {
				until = max(until, span.until)
			}
		}
		if until > day {
			ends[name] = until
		}
	}
	return ends
}

// grant notes what an entry granted, in order of days.
func (s *State) grant(g ledger.StatusGrant, e *Effect) error {
	if _, err := parsePeriod(g.Period); err != nil {
		return err
	}
	if s.Statuses == nil {
		s.Statuses = map[string][]Granted{}
	}
	grants := forgetGrants(s.Statuses[g.Status], e.Day)
	at := len(grants)
	for at > 0 && grants[at-1].Day > e.Day {
		at--
	}
	s.Statuses[g.Status] = slices.Insert(grants, at, Granted{Period: g.Period, Day: e.Day, Entry: e.Entry, Line: g.Line})
	return nil
}

// forgetGrants drops the first grants as far as they ended long before a day
// and what comes after them began anew.
func forgetGrants(grants []Granted, day ledger.Date) []Granted {
	long := dateOf(civil(day).AddDate(0, 0, -remembered))
	if len(grants) == 0 || grants[0].Day > long {
		return grants // none ended before the first began
	}
	old := 0
	var end ledger.Date
	for i, span := range spansOf(grants) {
		if end = max(end, span.until); end > long {
			break
		}
		if i+1 == len(grants) || grants[i+1].Day >= end {
			old = i + 1
		}
	}
	return grants[old:]
}

// end drops the grants of a sale that came back.
func (s *State) end(ended EndedStatus, sale ledger.EntryID) {
	grants := slices.DeleteFunc(s.Statuses[ended.Status], func(g Granted) bool {
		return g.Entry == sale && sameLine(g.Line, ended.Line)
	})
	if len(grants) == 0 {
		delete(s.Statuses, ended.Status)
		return
	}
	s.Statuses[ended.Status] = grants
}

// granted reports whether a grant of an entry still counts.
func (s *State) granted(status string, entry ledger.EntryID, line *int) bool {
	return slices.ContainsFunc(s.Statuses[status], func(g Granted) bool {
		return g.Entry == entry && sameLine(g.Line, line)
	})
}

func sameLine(a, b *int) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
