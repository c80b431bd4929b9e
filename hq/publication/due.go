package publication

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Pass does what is due of an account up to a moment. What was due before the
// version in force took effect is the earlier one's, whenever it is looked at.
func (p *Program) Pass(a *books.Account, m loyalty.Moment, who loyalty.Profile) (effects []books.Passed, err error) {
	add := func(some []loyalty.Effect, by *loyalty.Program) {
		for _, e := range some {
			effects = append(effects, books.Passed{Effect: e, By: by})
		}
	}
	current := p.On(m.Day())
	then := m
	then.At = current.Begins(m.Zone) - 1
	if before := p.On(then.Day()); before != current && then.At < m.At {
		due, err := a.Pass(before, then, who)
		if err != nil {
			return nil, err
		}
		add(due, before)
	}
	for _, decide := range []func(*loyalty.Program, loyalty.Moment, loyalty.Profile) ([]loyalty.Effect, error){a.Pass, a.Issue} {
		due, err := decide(current, m, who)
		if err != nil {
			return nil, err
		}
		add(due, current)
	}
	return effects, nil
}
