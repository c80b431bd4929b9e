package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// stoppedWord is what said no to a rule that headquarters has stopped.
const stoppedWord = "stopped"

// HasRule reports whether the program has a rule of this id.
func (p *Program) HasRule(id string) bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.id == id })
}

// NearRule asks whether a rule of the program was meant by a word that is none's
// id, to end a sentence with; "" if none is near.
func (p *Program) NearRule(id string) string {
	var ids []string
	for _, r := range p.rules {
		ids = append(ids, r.id)
	}
	return advice.DidYouMean(id, ids)
}

// Stopped returns the rules that Without stopped, in order of id.
func (p *Program) Stopped() (rules []string) {
	for _, r := range p.rules {
		if r.stopped {
			rules = append(rules, r.id)
		}
	}
	return rules
}

// Without returns the same version with some rules stopped: they give nothing,
// and say so. Ids that it does not have change nothing.
func (p *Program) Without(rules ...string) *Program {
	if len(rules) == 0 {
		return p
	}
	stopped := *p
	stopped.rules = slices.Clone(p.rules)
	for i := range stopped.rules {
		if r := &stopped.rules[i]; slices.Contains(rules, r.id) {
			r.stopped = true
		}
	}
	return &stopped
}
