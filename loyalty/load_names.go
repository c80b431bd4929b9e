package loyalty

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// asked is a condition and where it stands.
type asked struct {
	at   *yaml.Node
	what string
	*condition.Condition
}

// declared are the names of one sort that a program has, and the field that
// conditions compare with them.
type declared struct {
	field     string
	names     []string
	unknown   string // what a condition does that asks for another
	otherwise string // what to do where no name is near
}

// names refuses conditions that ask for a level, a status or an activity that
// the program does not have: they would never hold, or always. The names of
// articles, categories, groups and the like are the shop's, and free.
func (r *reader) names(p *Program) {
	for _, d := range []declared{
		{"member.tier", p.levelNames(),
			"asks for level %q, and there is none of that name", "a level stands under tiers"},
		{"member.statuses", p.statusNames(),
			"asks for status %q, which no rule gives", "one gives it by status: {NAME: P12M}, and a rule that is over keeps its name"},
		{"event.on", p.eventNames(),
			"asks for event %q, which no rule is on", "an activity is what a rule is on"},
	} {
		for _, c := range r.asked {
			r.declares(d, c)
		}
	}
}

// declares refuses texts that a condition compares the field with and that are
// no names; "" is that of nobody, who has none.
func (r *reader) declares(d declared, c asked) {
	for _, asks := range c.Named(d.field) {
		if asks.Text == "" || slices.Contains(d.names, asks.Text) {
			continue
		}
		instead := advice.DidYouMean(asks.Text, d.names)
		if instead == "" {
			instead = ": " + d.otherwise
		}
		at := *c.at
		at.Line, at.Column = within(c.at, asks.Line, asks.Column)
		r.Fail(&at, "%s %s%s", c.what, fmt.Sprintf(d.unknown, asks.Text), instead)
	}
}

func (p *Program) levelNames() (names []string) {
	if p.tiers == nil {
		return nil
	}
	for _, l := range p.tiers.levels {
		names = append(names, l.name)
	}
	return names
}

func (p *Program) statusNames() (names []string) {
	for _, rule := range p.rules {
		for _, s := range rule.statuses {
			names = append(names, s.status)
		}
	}
	return names
}

func (p *Program) eventNames() []string {
	names := []string{onSale}
	for _, rule := range p.rules {
		names = append(names, rule.on)
	}
	return names
}
