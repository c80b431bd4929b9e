package loyalty

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// program reads the whole file.
func (r *reader) program(n *yaml.Node) *Program {
	p := &Program{offline: defaultOffline(), detached: period{text: "P7D", days: 7}, limits: map[string]limit{}}
	values, ok := r.Fields(n, programKeys)
	if !ok {
		r.parts(p, values)
		return p
	}
	p.ref = ledger.ProgramRef{
		ID:      r.Name(values["program"], "program"),
		Version: int(r.Whole(values["version"], "version", 1)),
	}
	p.currency = r.currency(values["currency"])
	p.announced, p.effective, p.notice = r.effective(values)
	r.parts(p, values)
	return p
}

// parts reads the sections that are there, so that one misspelt key does not
// hide what is wrong elsewhere.
func (r *reader) parts(p *Program, values map[string]*yaml.Node) {
	if n := values["proof"]; n != nil {
		r.proof(n, p)
	}
	if n := values["eligible"]; n != nil {
		p.eligible = r.condition(n, "eligible", "line", "member", "now", "store")
	}
	if n := values["units"]; n != nil {
		p.units = r.units(n)
	}
	if n := values["limits"]; n != nil {
		r.limits(n, p)
	}
	if n := values["offline"]; n != nil {
		p.offline = r.offline(n)
	}
	if n := values["claim"]; n != nil {
		p.claim = r.claim(n, p)
	}
	if p.units == nil {
		return // every unit named below would be told as undeclared
	}
	if n := values["tiers"]; n != nil {
		p.tiers = r.tiers(n, p)
	}
	if n := values["rewards"]; n != nil {
		p.rewards = r.rewards(n, p)
	}
	if n := values["rules"]; n != nil {
		r.rules(n, p)
		r.tiersAreEarned(values["tiers"], p)
	}
}

func (r *reader) currency(n *yaml.Node) ledger.Currency {
	text, ok := r.Text(n, "currency")
	if !ok {
		return ""
	}
	currency, err := ledger.ParseCurrency(text)
	if err != nil {
		r.Fail(n, "%v", err)
	}
	return currency
}

// effective reads when the version holds: members are told at least the
// notice before.
func (r *reader) effective(values map[string]*yaml.Node) (announced, effective ledger.Date, notice period) {
	announced = r.Date(values["announced"], "announced")
	effective = r.Date(values["effective"], "effective")
	notice = r.period(values["notice"], "notice")
	if announced == "" || effective == "" || notice.text == "" {
		return announced, effective, notice
	}
	if notice.clock != 0 {
		r.Fail(values["notice"], "notice %s: write whole days or months, as in P30D", notice.text)
		return announced, effective, notice
	}
	if least := notice.after(civil(announced)); civil(effective).Before(least) {
		r.Fail(values["effective"], "effective %s is too soon: announced %s with a notice of %s, not before %s",
			effective, announced, notice.text, least.Format(time.DateOnly))
	}
	return announced, effective, notice
}

func (r *reader) proof(n *yaml.Node, p *Program) {
	values, ok := r.Fields(n, proofKeys)
	if !ok {
		return
	}
	p.proof = Proofs{
		Earn:   r.level(values["earn"], "earn"),
		Redeem: r.level(values["redeem"], "redeem"),
	}
	if v := values["detached"]; v != nil {
		p.detached = r.days(v, "detached")
	}
}

// maxClaimDays is how long receipts wait at most.
const maxClaimDays = 366

func (r *reader) claim(n *yaml.Node, p *Program) Claim {
	values, ok := r.Fields(n, claimKeys)
	if !ok {
		return Claim{}
	}
	c := Claim{Days: int(r.Whole(values["days"], "days", 1))}
	if c.Days > maxClaimDays {
		r.Fail(values["days"], "days %d: at most %d", c.Days, maxClaimDays)
	}
	if v := values["limit"]; v != nil {
		for _, name := range r.limitNames(v, p) {
			c.Limit = name
		}
	}
	return c
}

func (r *reader) level(n *yaml.Node, what string) ledger.Proof {
	text, ok := r.Text(n, what)
	proof := ledger.Proof(text)
	if ok && !proof.Meets(ledger.Claimed) {
		r.Fail(n, "%s %q: write claimed, presented or verified", what, text)
	}
	return proof
}

// maxOffline is how long spend_for and grace may be together (protocol.md §2).
const maxOffline = 30 * 24 * time.Hour

func defaultOffline() Offline {
	const day = 24 * time.Hour
	return Offline{
		Share: Rate{1, 2}, Cap: 2000, SpendFor: 3 * day, Grace: 7 * day, MaxAge: 72 * time.Hour, PerTerminal: 20000,
	}
}

func (r *reader) offline(n *yaml.Node) Offline {
	o := defaultOffline()
	values, _ := r.Fields(n, offlineKeys)
	if v := values["share"]; v != nil {
		o.Share = r.rate(v, "share")
		if o.Share.Num > o.Share.Den {
			r.Fail(v, "share %s: at most 1/1, the whole balance", o.Share)
		}
	}
	if v := values["cap"]; v != nil {
		o.Cap = ledger.Points(r.Whole(v, "cap", 0))
	}
	if v := values["per_terminal"]; v != nil {
		o.PerTerminal = ledger.Points(r.Whole(v, "per_terminal", 0))
	}
	r.length(values["spend_for"], "spend_for", &o.SpendFor)
	r.length(values["grace"], "grace", &o.Grace)
	r.length(values["max_age"], "max_age", &o.MaxAge)
	if o.SpendFor+o.Grace > maxOffline {
		r.Fail(n, "spend_for and grace: together at most 30 days")
	}
	return o
}

// length reads a length in days, hours or less into a field, if it is there.
func (r *reader) length(n *yaml.Node, what string, into *time.Duration) {
	if n == nil {
		return
	}
	p := r.period(n, what)
	if p.text == "" {
		return
	}
	length, fixed := p.duration()
	switch {
	case !fixed:
		r.Fail(n, "%s %s: months differ, write days, as in P3D", what, p.text)
	case length == 0:
		r.Fail(n, "%s %s: longer than nothing", what, p.text)
	default:
		*into = length
	}
}
