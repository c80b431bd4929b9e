package loyalty

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/yamlfile"
)

// maxRules bounds what is looked at for one event.
const maxRules = 1000

// rules reads what gives something, and sorts it by rule id.
func (r *reader) rules(n *yaml.Node, p *Program) {
	items := r.Items(n, "rules")
	switch {
	case n.Kind == yaml.SequenceNode && len(items) == 0:
		r.Fail(n, "rules: at least one")
	case len(items) > maxRules:
		r.Fail(n, "rules: %d are more than %d", len(items), maxRules)
		return
	}
	seen := map[string]bool{}
	for _, item := range items {
		values, ok := r.Fields(item, ruleKeys)
		if !ok {
			continue
		}
		p.rules = append(p.rules, r.rule(item, values, p, seen))
	}
	slices.SortStableFunc(p.rules, func(a, b rule) int { return strings.Compare(a.id, b.id) })
}

func (r *reader) rule(n *yaml.Node, values map[string]*yaml.Node, p *Program, seen map[string]bool) rule {
	l := rule{id: r.id(values["id"], "rule", seen), each: eachBasket, of: ofNet, step: 1, eligible: p.eligible}
	l.on = r.Name(values["on"], "on")
	if v := values["each"]; v != nil {
		l.each = each(r.Word(v, "each", string(eachBasket), string(eachLine), string(eachTender)))
	}
	if v := values["of"]; v != nil {
		l.of = base(r.Word(v, "of", string(ofNet), string(ofGross), string(ofQuantity)))
	}
	if v := values["step"]; v != nil {
		l.step = r.Whole(v, "step", 1)
	}
	if l.on != onSale {
		for _, key := range []string{"each", "of", "eligible"} {
			if v := values[key]; v != nil {
				r.Fail(v, "%s is for sales: an activity has no basket", key)
			}
		}
	}
	r.ruleDates(values, &l)
	r.ruleConditions(values, &l)
	if v := values["limit"]; v != nil {
		l.limits = r.limitNames(v, p)
	}
	if v := values["to"]; v != nil {
		l.referrer = r.Word(v, "to", "member", "referrer") == "referrer"
	}
	r.ruleGives(n, values, &l, p)
	return l
}

// id reads a rule's or reward's id, which stands once in the file.
func (r *reader) id(n *yaml.Node, what string, seen map[string]bool) string {
	id := r.Name(n, what)
	if seen[id] {
		r.Fail(n, "%s %q stands twice", what, id)
	}
	seen[id] = true
	return id
}

func (r *reader) ruleDates(values map[string]*yaml.Node, l *rule) {
	if v := values["from"]; v != nil {
		l.from = r.Date(v, "from")
	}
	if v := values["until"]; v != nil {
		if l.until = r.Date(v, "until"); l.until != "" && l.until <= l.from {
			r.Fail(v, "until %s is not after from %s: it is the first day on which the rule no longer holds", l.until, l.from)
		}
	}
}

func (r *reader) ruleConditions(values map[string]*yaml.Node, l *rule) {
	may := []string{"member", "referrer", "event", "now", "store"}
	if l.on == onSale {
		may = append(may, "basket")
	}
	switch l.each {
	case eachLine:
		may = append(may, "line")
	case eachTender:
		may = append(may, "tender")
	}
	if v := values["when"]; v != nil {
		l.when = r.condition(v, "when", may...)
	}
	if v := values["eligible"]; v != nil {
		l.eligible = r.condition(v, "eligible", "line", "member", "now", "store")
	}
}

// ruleGives reads what the rule gives: units, a voucher, statuses.
func (r *reader) ruleGives(n *yaml.Node, values map[string]*yaml.Node, l *rule, p *Program) {
	if values["give"] == nil && values["issue"] == nil && values["status"] == nil {
		r.Fail(n, "rule %q gives nothing: write give, issue or status", l.id)
	}
	if v := values["give"]; v != nil {
		r.gives(v, l, p)
	}
	if v := values["issue"]; v != nil {
		r.issue(v, l, p)
	}
	if v := values["status"]; v != nil {
		for _, pair := range r.Pairs(v, "status") {
			l.statuses = append(l.statuses, statusFor{r.Name(pair.Key, "status"), r.days(pair.Value, "status")})
		}
		slices.SortFunc(l.statuses, func(a, b statusFor) int { return strings.Compare(a.status, b.status) })
		if l.referrer {
			r.Fail(v, "a status is the member's: only units and vouchers go to the referrer")
		}
	}
}

func (r *reader) issue(n *yaml.Node, l *rule, p *Program) {
	id, ok := r.Text(n, "issue")
	if !ok {
		return
	}
	reward, found := p.Reward(id)
	switch {
	case !found:
		var ids []string
		for _, reward := range p.rewards {
			ids = append(ids, reward.ID)
		}
		r.Fail(n, "issue %q: there is no such reward%s", id, advice.DidYouMean(id, ids))
	case !reward.IsVoucher():
		r.Fail(n, "issue %q: only a voucher can be issued: write how long it holds at the reward, as in voucher: P90D", id)
	default:
		l.issue = id
	}
}

func (r *reader) gives(n *yaml.Node, l *rule, p *Program) {
	pairs := r.Pairs(n, "give")
	if n.Kind == yaml.MappingNode && len(pairs) == 0 {
		r.Fail(n, "give: at least one unit")
	}
	for _, pair := range pairs {
		u := r.unit(pair.Key, p)
		g := r.amount(pair.Value)
		if u == nil {
			continue
		}
		if !u.join(g.rate) {
			r.Fail(pair.Value, "the rates of %q have no common denominator up to %d", u.name, maxTerm)
		}
		g.unit = slices.IndexFunc(p.units, func(other unit) bool { return other.name == u.name })
		l.gives = append(l.gives, g)
	}
	// A limit of an amount is drawn on in this order.
	slices.SortFunc(l.gives, func(a, b give) int {
		return strings.Compare(string(p.units[a.unit].name), string(p.units[b.unit].name))
	})
}

// amount reads an exact rate or a fixed whole number.
func (r *reader) amount(n *yaml.Node) give {
	text, ok := r.Text(n, "give")
	if !ok {
		return give{}
	}
	if yamlfile.IsDigits(text) {
		return give{fixed: ledger.Points(r.Whole(n, "give", 1))}
	}
	rate, err := ParseRate(text)
	switch {
	case err != nil:
		r.Fail(n, "give: %v", err)
	case rate.Num == 0:
		r.Fail(n, "give %q gives nothing", text)
	}
	return give{rate: rate}
}

// unit finds a declared unit.
func (r *reader) unit(n *yaml.Node, p *Program) *unit {
	if u := p.unitOf(ledger.Unit(n.Value)); u != nil {
		return u
	}
	var names []string
	for _, u := range p.units {
		names = append(names, string(u.name))
	}
	r.Fail(n, "unit %q is not declared under units%s", n.Value, advice.DidYouMean(n.Value, names))
	return nil
}

// join widens the unit's denominator to one that a rate's divides; false where
// that becomes too large.
func (u *unit) join(rate Rate) bool {
	if rate.Den == 0 {
		return true
	}
	common := u.den / gcd(u.den, rate.Den) * rate.Den // at most maxTerm²
	if common > maxTerm {
		return false
	}
	u.den = common
	return true
}
