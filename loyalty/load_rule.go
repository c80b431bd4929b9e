package loyalty

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) units(n *yaml.Node) []unit {
	var units []unit
	for _, p := range r.pairs(n, "units") {
		units = append(units, unit{name: ledger.Unit(r.name(p.key, "unit")), den: 1})
		if p.value.Tag == "!!null" {
			continue // "points:" alone is a plain unit
		}
		values, _ := r.fields(p.value, unitKeys)
		if v := values["spendable"]; v != nil && !r.flag(v, "spendable") {
			r.fail(v, "units that are not spendable are not understood by this release")
		}
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fail(n, "units: at least one")
	}
	return units
}

// rules reads what gives units and hands it to them, in order of rule id.
func (r *reader) rules(n *yaml.Node, p *Program) {
	items := r.items(n, "rules")
	if n.Kind == yaml.SequenceNode && len(items) == 0 {
		r.fail(n, "rules: at least one")
	}
	seen := map[string]bool{}
	for _, item := range items {
		values, ok := r.fields(item, ruleKeys)
		if !ok {
			continue
		}
		id := r.id(values["id"], "rule", seen)
		r.event(values["on"])
		if v := values["each"]; v != nil {
			r.each(v)
		}
		r.gives(values["give"], id, p)
	}
	for i := range p.units {
		p.units[i].settle()
	}
}

// id reads a rule's or reward's id, which stands once in the file.
func (r *reader) id(n *yaml.Node, what string, seen map[string]bool) string {
	id := r.name(n, what)
	if seen[id] {
		r.fail(n, "%s %q stands twice", what, id)
	}
	seen[id] = true
	return id
}

func (r *reader) event(n *yaml.Node) {
	if on, ok := r.text(n, "on"); ok && on != "sale" {
		r.fail(n, "on %q: activities are not understood by this release, only \"sale\"", on)
	}
}

func (r *reader) each(n *yaml.Node) {
	each, ok := r.text(n, "each")
	switch {
	case !ok || each == "line" || each == "basket":
	case each == "tender":
		r.fail(n, "each %q: rules over tenders are not understood by this release", each)
	default:
		r.fail(n, "each %q: write basket or line", each)
	}
}

func (r *reader) gives(n *yaml.Node, rule string, p *Program) {
	pairs := r.pairs(n, "give")
	if n.Kind == yaml.MappingNode && len(pairs) == 0 {
		r.fail(n, "give: at least one unit")
	}
	for _, pair := range pairs {
		u := r.unit(pair.key, p)
		g := r.amount(pair.value, rule)
		if u == nil {
			continue
		}
		if !u.join(g) {
			r.fail(pair.value, "the rates of %q have no common denominator up to %d", u.name, maxTerm)
		}
	}
}

// amount reads an exact rate or a fixed whole number.
func (r *reader) amount(n *yaml.Node, rule string) give {
	text, ok := r.text(n, "give")
	if !ok {
		return give{rule: rule}
	}
	if isDigits(text) {
		return give{rule: rule, fixed: ledger.Points(r.whole(n, "give", 1))}
	}
	rate, err := ParseRate(text)
	switch {
	case err != nil:
		r.fail(n, "give: %v", err)
	case rate.Num == 0:
		r.fail(n, "give %q gives nothing", text)
	}
	return give{rule: rule, rate: rate}
}

// unit finds a declared unit.
func (r *reader) unit(n *yaml.Node, p *Program) *unit {
	var names []string
	for i := range p.units {
		if string(p.units[i].name) == n.Value {
			return &p.units[i]
		}
		names = append(names, string(p.units[i].name))
	}
	r.fail(n, "unit %q is not declared under units%s", n.Value, didYouMean(n.Value, names))
	return nil
}

// join adds a give to the unit; false where its rate has no denominator in
// common with the others.
func (u *unit) join(g give) bool {
	u.gives = append(u.gives, g)
	if g.rate.Den == 0 {
		return true
	}
	common := u.den / gcd(u.den, g.rate.Den) * g.rate.Den // at most maxTerm²
	if common > maxTerm {
		return false
	}
	u.den = common
	return true
}

func (u *unit) settle() {
	slices.SortStableFunc(u.gives, func(a, b give) int { return strings.Compare(a.rule, b.rule) })
	for _, g := range u.gives {
		u.rules = append(u.rules, g.rule)
	}
}
