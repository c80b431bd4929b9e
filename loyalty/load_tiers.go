package loyalty

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) tiers(n *yaml.Node, p *Program) *tiers {
	t := &tiers{levels: []level{{}}}
	values, ok := r.Fields(n, tiersKeys)
	if !ok {
		return t
	}
	if u := r.unit(values["of"], p); u != nil {
		t.of = u.name
	}
	t.window = r.window(values["window"], "window", calendarMonth, calendarYear, ever)
	if keep := values["keep"]; keep.Value != "next_window" {
		t.keep = r.days(keep, "keep")
	}
	if levels := r.levels(values["levels"]); len(levels) > 0 {
		t.levels = levels
	}
	return t
}

// levels reads them lowest first: the first is everybody's, each further one
// begins above the one before it.
func (r *reader) levels(n *yaml.Node) []level {
	var levels []level
	for i, pair := range r.Pairs(n, "levels") {
		l := level{r.Name(pair.Key, "level"), ledger.Points(r.Whole(pair.Value, "level", 0))}
		switch {
		case i == 0 && l.from != 0:
			r.Fail(pair.Value, "level %q from %d: the first is everybody's and begins at 0", l.name, l.from)
		case i > 0 && l.from <= levels[i-1].from:
			r.Fail(pair.Value, "level %q from %d overlaps %q from %d: each begins above the one before it",
				l.name, l.from, levels[i-1].name, levels[i-1].from)
		}
		levels = append(levels, l)
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.Fail(n, "levels: at least one")
	}
	return levels
}

// tiersAreEarned demands that a level can be reached at all.
func (r *reader) tiersAreEarned(n *yaml.Node, p *Program) {
	if p.tiers == nil || p.tiers.of == "" {
		return
	}
	gives := func(rule rule) bool {
		return slices.ContainsFunc(rule.gives, func(g give) bool { return p.units[g.unit].name == p.tiers.of })
	}
	if !slices.ContainsFunc(p.rules, gives) {
		r.Fail(n, "tiers are levels of %q, which no rule gives", p.tiers.of)
	}
}
