package loyalty

import (
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A level is reached once what was earned in its window, less what came back of
// that, comes up to it, and is then kept until a date. Each level is kept by
// itself: what falls is the highest, to the next that is still kept.

// tier is the member's on a day; empty where there are none.
func (t *tiers) tier(s *State, day ledger.Date) string {
	if t == nil {
		return ""
	}
	for i := len(t.levels) - 1; i > 0; i-- {
		until, reached := s.Kept[t.levels[i].name]
		if reached && (until == "" || day < until) {
			return t.levels[i].name
		}
	}
	return t.levels[0].name
}

// reached decides which levels what was earned has reached, or kept for longer.
// What was told late may also have reached one on a later day.
func (t *tiers) reached(s *State, earned []Progress) (reached []Reached) {
	first, some := firstEarned(earned)
	if t == nil || !some {
		return nil
	}
	days := s.Progress[t.of]
	kept := map[string]ledger.Date{}
	for _, d := range days {
		if d.Day < first || len(d.Day) != len(first) {
			continue
		}
		sum, until := t.sum(days, d.Day), t.keptUntil(d.Day)
		for _, l := range t.levels[1:] {
			if have, known := kept[l.name]; sum >= l.from && (!known || later(until, have)) {
				kept[l.name] = until
			}
		}
	}
	for _, l := range t.levels[1:] {
		until, now := kept[l.name]
		if have, before := s.Kept[l.name]; now && (!before || later(until, have)) {
			reached = append(reached, Reached{l.name, until})
		}
	}
	return reached
}

func firstEarned(earned []Progress) (first ledger.Date, some bool) {
	for _, p := range earned {
		if p.Amount > 0 && (!some || p.Day < first) {
			first, some = p.Day, true
		}
	}
	return first, some
}

// sum is what the window that ends with a day has.
func (t *tiers) sum(days []Drawn, day ledger.Date) (sum ledger.Points) {
	begin := t.window.begin(day)
	for _, d := range days {
		if d.Day >= begin && d.Day <= day {
			sum = ledger.Points(addUpTo(int64(sum), int64(d.Amount)))
		}
	}
	return sum
}

// Lifetime is all that was ever earned of the main unit, less what came back of it;
// counted says whether the state has that: where levels look at all of it.
func (p *Program) Lifetime(s *State) (sum ledger.Points, counted bool) {
	if p.tiers == nil || p.tiers.of != p.MainUnit() || p.tiers.window.kind != ever || s.Outside {
		return 0, false
	}
	for _, d := range s.Progress[p.tiers.of] {
		sum = ledger.Points(addUpTo(int64(sum), int64(d.Amount)))
	}
	return sum, true
}

// later compares dates that end something, empty for never.
func later(a, b ledger.Date) bool { return b != "" && (a == "" || a > b) }

func (s *State) foldProgress(progress []Progress) error {
	for _, p := range progress {
		if s.Progress == nil {
			s.Progress = map[ledger.Unit][]Drawn{}
		}
		if err := foldDrawn(s.Progress, p.Unit, Drawn{Day: p.Day, Amount: p.Amount}, p.Since); err != nil {
			return err
		}
	}
	return nil
}

func (s *State) foldReached(reached []Reached) {
	for _, r := range reached {
		if s.Kept == nil {
			s.Kept = map[string]ledger.Date{}
		}
		if have, known := s.Kept[r.Level]; !known || later(r.Until, have) {
			s.Kept[r.Level] = r.Until
		}
	}
}
