package loyalty_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// check looks at what must hold after each step.
func (s *story) check() {
	s.passTo(s.now)
	s.checkPurses()
	s.foldsAgain()
	s.checkSums()
	s.checkDue()
	s.checkTiers()
	if s.again.State.Rows%8 == 0 {
		s.sameAgain()
	}
}

// foldsAgain reads the new effects as they are kept and folds them, once.
func (s *story) foldsAgain() {
	for _, e := range s.effects[s.checked:] {
		text, err := json.Marshal(e)
		s.must(err)
		var kept loyalty.Effect
		s.must(json.Unmarshal(text, &kept))
		s.must(s.again.Fold(&kept))
		if s.again.Fold(&kept) == nil {
			s.t.Fatal("an effect folds twice")
		}
		s.sum(&kept)
		s.reaches(&kept)
		s.draws(&kept)
		if kept.Taken != nil {
			s.seen["reward "+kept.Taken.Reward]++
		}
	}
	s.checked = len(s.effects)
}

func (s *story) sameAgain() {
	want, err := json.Marshal(s.a)
	s.must(err)
	got, err := json.Marshal(s.again)
	s.must(err)
	if !bytes.Equal(want, got) {
		s.t.Fatal(fmt.Sprintf("folded: %s\nthe account: %s", got, want))
	}
}

func (s *story) sum(e *loyalty.Effect) {
	for _, m := range e.Moves {
		if m.Amount <= 0 || m.From == m.To {
			s.t.Fatal(fmt.Sprintf("move %+v", m))
		}
		if s.sums[m.Unit] == nil {
			s.sums[m.Unit] = map[ledger.LedgerAccount]ledger.Points{}
		}
		s.sums[m.Unit][m.From] -= m.Amount
		s.sums[m.Unit][m.To] += m.Amount
	}
}

func (s *story) checkSums() {
	for unit, sum := range s.sums {
		var total ledger.Points
		for _, amount := range sum {
			total += amount
		}
		p := s.a.Purse(unit)
		if total != 0 || sum[ledger.Available] != p.Available || sum[ledger.Pending] != p.Pending || sum[ledger.Receivable] != -p.Receivable {
			s.t.Fatal(fmt.Sprintf("%s: postings leave %v, purse %+v", unit, sum, p))
		}
	}
}

// checkDue says that lots keep their terms, and are done with in their time.
func (s *story) checkDue() {
	for unit, p := range s.a.Purses {
		for _, l := range p.Lots {
			name := string(unit) + " " + l.Name
			if have, known := s.terms[name]; known && have != l.Terms {
				s.t.Fatal(fmt.Sprintf("%s was made on %+v and is on %+v", name, have, l.Terms))
			}
			s.terms[name] = l.Terms
			ends := l.Terms.ExpiresAt
			if l.Pending {
				ends = l.Terms.VestsAt
			}
			if l.Left > 0 && ends != 0 && ends <= s.now {
				s.t.Fatal(fmt.Sprintf("%+v at %d", l, s.now))
			}
		}
	}
	if due, some := s.a.Due(s.zone); some && due <= s.now {
		s.t.Fatal("something is still due after time has passed")
	}
	before := s.a.State.Rows
	effects, err := s.a.Pass(s.p, s.moment(s.now), s.who)
	if len(effects) > 0 || err != nil || s.a.State.Rows != before {
		s.t.Fatal("time passes twice: ", effects, err)
	}
}

// checkTiers holds the account to each level it ever promised.
func (s *story) checkTiers() {
	if len(s.w.levels) == 0 {
		return
	}
	for level, until := range s.a.State.Kept {
		if have, known := s.promised[level]; !known || until == "" || have != "" && until > have {
			s.promised[level] = until
		}
	}
	today := ledger.DateAt(s.now, s.zone)
	has := slices.Index(s.w.levels, s.a.Standing(s.p, s.moment(s.now), s.who).Tier)
	for level, until := range s.promised {
		if holds := until == "" || today < until; holds && has < slices.Index(s.w.levels, level) {
			s.t.Fatal(fmt.Sprintf("%s was kept until %q, and on %s she is %s", level, until, today, s.w.levels[has]))
		}
	}
}

// reaches looks at how long a level is kept: as the file says, from a day on
// which something was earned or has vested.
func (s *story) reaches(e *loyalty.Effect) {
	for _, p := range e.Progress {
		s.counted[p.Day] = true
	}
	for _, r := range e.Reached {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(s.counted)), func(day ledger.Date) bool { return s.w.keptFrom(s.t, day) == r.Until }) {
			s.t.Fatal(fmt.Sprintf("on %s level %s is kept until %q", e.Day, r.Level, r.Until))
		}
	}
}

// keptFrom is the first day on which a level reached on a day is no longer kept.
func (w *written) keptFrom(t tester, day ledger.Date) ledger.Date {
	reached := at(string(day)).Time()
	year, month, date := reached.UTC().Date()
	var months int
	switch n, _ := fmt.Sscanf(w.keep, "P%dM", &months); {
	case n == 1:
		last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return ledger.Date(time.Date(year, month+time.Month(months), min(date, last), 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	case w.keep == "next_window" && w.window == "calendar_year":
		return ledger.Date(fmt.Sprintf("%d-01-01", year+2))
	}
	t.Fatal(fmt.Sprintf("levels of %s kept for %s: say here what that is", w.window, w.keep))
	return ""
}

// draws counts what an effect drew on limits, and looks at every window that it
// is in.
func (s *story) draws(e *loyalty.Effect) {
	for _, u := range e.Uses {
		if s.drawn[u.Limit] == nil {
			s.drawn[u.Limit] = map[ledger.Date]loyalty.Usage{}
		}
		of := s.drawn[u.Limit][u.Day]
		of.Uses, of.Amount = of.Uses+u.Uses, of.Amount+u.Amount
		s.drawn[u.Limit][u.Day] = of
	}
	for _, u := range e.Uses {
		l := s.w.limits[u.Limit]
		for last := range s.drawn[u.Limit] {
			var sum loyalty.Usage
			for day, of := range s.drawn[u.Limit] {
				if l.inWindow(s.t, day, last) {
					sum.Uses, sum.Amount = sum.Uses+of.Uses, sum.Amount+of.Amount
				}
			}
			if l.Uses > 0 && sum.Uses > l.Uses || l.Amount > 0 && sum.Amount > l.Amount || sum.Uses < 0 || sum.Amount < 0 {
				s.t.Fatal(fmt.Sprintf("limit %s of %+v has %+v in its window to %s", u.Limit, l, sum, last))
			}
		}
	}
}

// inWindow reports whether a day is in the window that ends with another.
func (l writtenLimit) inWindow(t tester, day, last ledger.Date) bool {
	if day > last {
		return false
	}
	switch l.Every {
	case "calendar_day":
		return day == last
	case "calendar_month":
		return day[:7] == last[:7]
	case "calendar_year":
		return day[:4] == last[:4]
	case "ever":
		return true
	}
	var days int
	if _, err := fmt.Sscanf(l.Every, "P%dD", &days); err != nil {
		t.Fatal(fmt.Sprintf("a limit of %s", l.Every))
	}
	return at(string(day)).Add(time.Duration(days)*24*time.Hour) > at(string(last))
}
