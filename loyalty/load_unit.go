package loyalty

import (
	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) units(n *yaml.Node) []unit {
	var units []unit
	for _, p := range r.Pairs(n, "units") {
		u := unit{name: ledger.Unit(r.Name(p.Key, "unit")), den: 1, spendable: true, round: down}
		if _, taken := u.name.Voucher(); taken {
			r.Fail(p.Key, "unit %q: names that begin with \"voucher.\" are those of vouchers", u.name)
		}
		if _, taken := u.name.Use(); taken {
			r.Fail(p.Key, "unit %q: names that begin with \"use.\" are those of uses of limits", u.name)
		}
		if p.Value.Tag != "!!null" { // "points:" alone is a plain unit
			r.unitTerms(p.Value, &u)
		}
		units = append(units, u)
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.Fail(n, "units: at least one")
	}
	return units
}

func (r *reader) unitTerms(n *yaml.Node, u *unit) {
	values, _ := r.Fields(n, unitKeys)
	if v := values["spendable"]; v != nil {
		u.spendable = r.Flag(v, "spendable")
	}
	if v := values["money"]; v != nil {
		u.money = r.Flag(v, "money")
	}
	if v := values["round"]; v != nil {
		u.round = rounding(r.Word(v, "round", string(down), string(halfEven), string(up)))
	}
	if v := values["pending"]; v != nil {
		u.pending = r.days(v, "pending")
	}
	if v := values["expires"]; v != nil {
		u.expires = r.expiry(v)
		r.vestsFirst(v, u)
	}
}

func (r *reader) expiry(n *yaml.Node) (e expiry) {
	values, ok := r.Fields(n, expiryKeys)
	if !ok {
		return e
	}
	ways := 0
	if v := values["after"]; v != nil {
		ways, e.after = ways+1, r.days(v, "after")
	}
	if v := values["idle"]; v != nil {
		ways, e.idle = ways+1, r.days(v, "idle")
	}
	if v := values["at"]; v != nil {
		ways, e.calendarYear = ways+1, r.Word(v, "at", string(calendarYear)) != ""
	}
	if ways != 1 {
		r.Fail(n, "expires: one of {after: P12M}, {idle: P12M} and {at: calendar_year}")
	}
	if v := values["round"]; v != nil {
		e.toMonthEnd = r.Word(v, "round", "month") != ""
		if e.after.isZero() {
			r.Fail(v, "round: month goes with after")
		}
	}
	return e
}

// vestsFirst demands that units can be spent before they end.
func (r *reader) vestsFirst(n *yaml.Node, u *unit) {
	const day = "2026-01-01" // any: periods are compared
	for _, ends := range []period{u.expires.after, u.expires.idle} {
		if !ends.isZero() && !u.pending.isZero() && u.pending.from(day) >= ends.from(day) {
			r.Fail(n, "units that vest after %s and end after %s could never be spent", u.pending.text, ends.text)
		}
	}
}

// days reads a period of whole days or months, longer than nothing.
func (r *reader) days(n *yaml.Node, what string) period {
	p := r.period(n, what)
	switch {
	case p.text == "":
	case p.clock != 0:
		r.Fail(n, "%s %s: write whole days or months, as in P30D", what, p.text)
		return period{}
	case p.isZero():
		r.Fail(n, "%s %s: longer than nothing", what, p.text)
	}
	return p
}
