package loyalty

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// State is what an account has beside units. Its JSON is canonical and small:
// what no decision can ask for any more is forgotten.
type State struct {
	// Rows counts the effects on the account.
	Rows      uint64      `json:"rows,omitempty"`
	Joined    ledger.Date `json:"joined,omitempty"`
	Active    ledger.Date `json:"active,omitempty"` // last day of a sale, activity or redemption
	Visits    int64       `json:"visits,omitempty"`
	Referrals int64       `json:"referrals,omitempty"` // friends who came through her
	Referred  bool        `json:"referred,omitempty"`  // she counts as a friend already
	// Referrer is the code of who referred her, of the first enroll that named one.
	Referrer ledger.ReferralCode `json:"referrer,omitempty"`
	// Limits are what was drawn on each, by day; of one for ever one sum.
	Limits byName[string, []Drawn] `json:"limits,omitempty"`
	// Progress is, by unit and day, what was earned less what came back of it.
	Progress byName[ledger.Unit, []Drawn] `json:"progress,omitempty"`
	// Kept is, of each level reached, the first day on which it is no longer
	// kept; empty for ever.
	Kept     byName[string, ledger.Date] `json:"kept,omitempty"`
	Statuses byName[string, []Granted]   `json:"statuses,omitempty"`
	// Outside says that the rest is not known here, but for what Outline leaves; it
	// never is where all effects are folded.
	Outside bool `json:"outside,omitempty"`
}

// Drawn is how often, and how much of, something was given on a day.
type Drawn struct {
	Day    ledger.Date   `json:"day"`
	Uses   int64         `json:"uses,omitempty"`
	Amount ledger.Points `json:"amount,omitempty"`
}

// Granted is one grant of a status. When it ends follows from all of them.
type Granted struct {
	Period string         `json:"period"`
	Day    ledger.Date    `json:"day"`
	Entry  ledger.EntryID `json:"entry"`
	Line   *int           `json:"line,omitempty"`
	// Chain is set of two accounts that became one and both had the status: a grant
	// extends its own chain, one without a chain whichever ends last.
	Chain string `json:"chain,omitempty"`
}

// remembered is how many days before the last one a window may lie and still be
// counted exactly: what a till tells late still counts where it belongs.
const remembered = 30

// since is the first day that is remembered of a window when the last is day.
func (w window) since(day ledger.Date) ledger.Date {
	if w.kind == ever {
		return ""
	}
	return w.begin(dateOf(civil(day).AddDate(0, 0, -remembered)))
}

// end is the first day that shares no window with a day, nor comes before it.
// Empty is never.
func (w window) end(day ledger.Date) ledger.Date {
	switch w.kind {
	case calendarDay:
		return nextDay(day)
	case calendarMonth:
		return endOfMonth(day)
	case calendarYear:
		return endOfYear(day)
	case rolling:
		return w.period.from(day)
	}
	return ""
}

// drawn adds up the days that share a window with a day. What was told earlier
// about a later day is among them: a limit holds whatever comes first.
func (w window) drawn(days []Drawn, day ledger.Date) (used Usage) {
	begin, end := w.begin(day), w.end(day)
	for _, d := range days {
		if w.kind == ever || d.Day >= begin && d.Day < end {
			used.Uses = addUpTo(used.Uses, d.Uses)
			used.Amount = ledger.Points(addUpTo(int64(used.Amount), int64(d.Amount)))
		}
	}
	return used
}

// fold adds what an effect says of the state.
func (s *State) fold(e *Effect) error {
	if err := s.foldProgress(e.Progress); err != nil {
		return err
	}
	s.foldReached(e.Reached)
	for _, u := range e.Uses {
		if s.Limits == nil {
			s.Limits = map[string][]Drawn{}
		}
		if err := foldDrawn(s.Limits, u.Limit, Drawn{u.Day, u.Uses, u.Amount}, u.Since); err != nil {
			return fmt.Errorf("limit %s: %w", u.Limit, err)
		}
	}
	for _, g := range e.Statuses {
		if err := s.grant(g, e); err != nil {
			return err
		}
	}
	for _, ended := range e.Ended {
		s.end(ended, e.Sale)
	}
	if e.Joined != "" && s.Joined == "" {
		s.Joined = e.Joined
	}
	if s.Referrer == "" {
		s.Referrer = e.Referrer
	}
	if e.Active {
		s.Active = max(s.Active, e.Day)
	}
	s.Visits = max(0, addUpTo(s.Visits, e.Visits))
	s.Referrals = max(0, addUpTo(s.Referrals, e.Referrals))
	s.Referred = s.Referred || e.Referred
	s.Rows++
	return nil
}

// foldDrawn adds a day's draw to those of a name, and forgets what lies before
// since; empty, all become one sum that stands on the last day.
func foldDrawn[K comparable](all map[K][]Drawn, name K, d Drawn, since ledger.Date) error {
	days, err := addDrawn(forget(all[name], since), d, since)
	if err != nil {
		return err
	}
	if len(days) == 0 {
		delete(all, name)
		return nil
	}
	all[name] = days
	return nil
}

// forget drops the days before since.
func forget(days []Drawn, since ledger.Date) []Drawn {
	old := 0
	for old < len(days) && days[old].Day < since {
		old++
	}
	return days[old:]
}

func addDrawn(days []Drawn, d Drawn, since ledger.Date) ([]Drawn, error) {
	if since == "" && len(days) > 0 {
		if d.Day > days[len(days)-1].Day && (d.Uses > 0 || d.Amount > 0) {
			days[len(days)-1].Day = d.Day
		}
		d.Day = days[len(days)-1].Day
	}
	i, known := slices.BinarySearchFunc(days, d.Day, func(have Drawn, day ledger.Date) int { return cmp.Compare(have.Day, day) })
	if !known {
		if d.Day < since || d.Uses < 0 || d.Amount < 0 {
			return days, nil // of a day that is forgotten
		}
		return slices.Insert(days, i, d), nil
	}
	uses, err := ledger.Points(days[i].Uses).Add(ledger.Points(d.Uses))
	if err != nil {
		return nil, err
	}
	amount, err := days[i].Amount.Add(d.Amount)
	if err != nil {
		return nil, err
	}
	// Nothing gives back more than was drawn.
	days[i].Uses, days[i].Amount = max(0, int64(uses)), max(0, amount)
	if days[i].Uses == 0 && days[i].Amount == 0 {
		return slices.Delete(days, i, i+1), nil
	}
	return days, nil
}

// last is the last day that something was drawn on, or the one given if that is
// later.
func last(days []Drawn, day ledger.Date) ledger.Date {
	if len(days) == 0 {
		return day
	}
	return max(day, days[len(days)-1].Day)
}

// addUpTo adds as far as an int64 goes: a sum beyond it is beyond any bound
// that it is compared with.
func addUpTo(a, b int64) int64 {
	sum, err := ledger.Points(a).Add(ledger.Points(b))
	switch {
	case err == nil:
		return int64(sum)
	case a < 0:
		return -1 << 63
	}
	return 1<<63 - 1
}

func (s *State) clone() State {
	next := *s
	next.Limits, next.Progress = cloneLists(s.Limits), cloneLists(s.Progress)
	next.Kept, next.Statuses = maps.Clone(s.Kept), cloneLists(s.Statuses)
	return next
}

func cloneLists[K comparable, V any](all map[K][]V) map[K][]V {
	next := maps.Clone(all)
	for k, list := range next {
		next[k] = slices.Clone(list)
	}
	return next
}
