package loyalty

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) limits(n *yaml.Node, p *Program) {
	for _, pair := range r.Pairs(n, "limits") {
		l := limit{name: r.Name(pair.Key, "limit")}
		p.limits[l.name] = l // known by name, whatever is wrong with it
		values, ok := r.Fields(pair.Value, limitKeys)
		if !ok {
			continue
		}
		uses, amount := values["uses"], values["amount"]
		if (uses == nil) == (amount == nil) {
			r.Fail(pair.Value, "limit %q: either uses or amount", l.name)
			continue
		}
		if uses != nil {
			l.uses = r.Whole(uses, "uses", 1)
		} else {
			l.amount = ledger.Points(r.Whole(amount, "amount", 1))
		}
		l.every = r.window(values["every"], "every", calendarDay, calendarMonth, calendarYear, ever)
		p.limits[l.name] = l
	}
}

// window reads one of the calendar's, or a period that rolls.
func (r *reader) window(n *yaml.Node, what string, kinds ...windowKind) window {
	text, ok := r.Text(n, what)
	if !ok {
		return window{}
	}
	if slices.Contains(kinds, windowKind(text)) {
		return window{kind: windowKind(text)}
	}
	if text[0] == 'P' {
		return window{rolling, r.days(n, what)}
	}
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	r.Fail(n, "%s %q: write %s or a period, as in P30D%s", what, text, advice.OneOf(words), advice.DidYouMean(text, words))
	return window{}
}

// limitNames reads the name of a limit, or a list of such.
func (r *reader) limitNames(n *yaml.Node, p *Program) []string {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = r.Items(n, "limit")
	}
	var names []string
	for _, item := range items {
		name, ok := r.Text(item, "limit")
		if !ok {
			continue
		}
		if _, declared := p.limits[name]; !declared {
			r.Fail(item, "limit %q is not declared under limits%s", name, advice.DidYouMean(name, namesOf(p.limits)))
			continue
		}
		if slices.Contains(names, name) {
			r.Fail(item, "limit %q stands twice", name)
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func namesOf(limits map[string]limit) []string {
	var names []string
	for name := range limits {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
