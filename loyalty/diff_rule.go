package loyalty

import (
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// rules compares them by id, in the order in which a summary tells them.
func (d *differ) rules() {
	old, new := slices.Clone(d.old.rules), slices.Clone(d.new.rules)
	slices.SortStableFunc(old, byReader)
	slices.SortStableFunc(new, byReader)
	id := func(r rule) string { return r.id }
	pairs(old, new, id, d.ruleGone, d.ruleChanged, d.ruleAdded)
}

// ruleChanged tells a promotion that was over by then and has new dates as what
// it is for members: a new one.
func (d *differ) ruleChanged(old, new rule) {
	if old.isOver(d.new.effective) {
		if d.old.ruleWords(&old) != d.new.ruleWords(&new) {
			d.ruleAdded(new)
		}
		return
	}
	was, is := d.old.ruleWords(&old), d.new.ruleWords(&new)
	if plain := strings.NewReplacer(" more ", " "); plain.Replace(was) == plain.Replace(is) {
		return // it is the same, beside a base that is another
	}
	d.sentence(RuleChange, ForMembers, new.id, was, is, d.weighRule(&old, &new))
}

// ruleAdded is better for members, save where it draws on a limit that leaves
// less for others.
func (d *differ) ruleAdded(r rule) {
	way, audience := good, ForMembers
	switch {
	case r.isOver(d.new.effective):
		way, audience = nothing, ForManagers
	case d.shares(d.new, r.limits):
		way = unsure
	}
	d.sentence(RuleChange, audience, r.id, "", d.new.ruleWords(&r), way)
	if last := &d.changes[len(d.changes)-1]; r.from > last.From {
		last.From = r.from
	}
}

// ruleGone is worse, save where the rule was over by then.
func (d *differ) ruleGone(r rule) {
	way, audience := bad, ForMembers
	switch {
	case r.isOver(d.new.effective):
		way, audience = nothing, ForManagers
	case d.shares(d.old, r.limits):
		way = unsure
	}
	d.sentence(RuleChange, audience, r.id, d.old.ruleWords(&r), "", way)
}

// shares reports whether others draw on one of the limits too.
func (d *differ) shares(p *Program, limits []string) bool {
	return slices.ContainsFunc(limits, func(name string) bool { return len(p.limitUsers(name)) > 1 })
}

func (d *differ) weighRule(old, new *rule) weight {
	return sum(
		weighSame(old.on, new.on), weighSame(old.each, new.each), weighSame(old.of, new.of),
		weighSame(old.referrer, new.referrer), weighSame(old.issue, new.issue),
		weighStep(old.step, new.step),
		weighCondition(old.when, new.when), d.weighEligible(old, new),
		d.weighFrom(old.from, new.from), weighUntil(old.until, new.until),
		weighLimits(d.old, d.new, old.limits, new.limits),
		d.weighGives(old, new), weighStatuses(old.statuses, new.statuses), d.weighIssued(old, new),
	)
}

// weighEligible compares which goods count for a rule of its own; those of the
// program are told once.
func (d *differ) weighEligible(old, new *rule) weight {
	if old.eligible == d.old.eligible && new.eligible == d.new.eligible {
		return nothing
	}
	return weighCondition(old.eligible, new.eligible)
}

// weighStep: whole steps of a multiple count less.
func weighStep(old, new int64) weight {
	switch {
	case old == new:
		return nothing
	case new%old == 0:
		return bad
	case old%new == 0:
		return good
	}
	return unsure
}

// weighFrom: what began before the version does makes no difference.
func (d *differ) weighFrom(old, new ledger.Date) weight {
	return weighNumber(max(old, d.new.effective), max(new, d.new.effective)).reversed()
}

// weighIssued compares the reward that a rule gives as a voucher.
func (d *differ) weighIssued(old, new *rule) weight {
	was, ok := d.old.Reward(old.issue)
	is, alsoOK := d.new.Reward(new.issue)
	if !ok || !alsoOK {
		return nothing // another reward, or none, was weighed with the rule
	}
	return sum(weighBenefit(was.Benefit, is.Benefit), weighVoucher(was, is))
}

// weighUntil: never is later than any day.
func weighUntil(old, new ledger.Date) weight {
	switch {
	case old == new:
		return nothing
	case old == "":
		return bad
	case new == "":
		return good
	}
	return weighNumber(old, new)
}

func (d *differ) weighGives(old, new *rule) (all weight) {
	unit := func(p *Program) func(give) ledger.Unit {
		return func(g give) ledger.Unit { return p.units[g.unit].name }
	}
	was, is := unit(d.old), unit(d.new)
	for _, g := range old.gives {
		i := slices.IndexFunc(new.gives, func(other give) bool { return is(other) == was(g) })
		if i < 0 {
			all = sum(all, bad)
			continue
		}
		all = sum(all, weighGive(g, new.gives[i]))
	}
	for _, g := range new.gives {
		if !slices.ContainsFunc(old.gives, func(other give) bool { return was(other) == is(g) }) {
			all = sum(all, good)
		}
	}
	return all
}

func weighGive(old, new give) weight {
	if (old.fixed > 0) != (new.fixed > 0) {
		return unsure
	}
	if old.fixed > 0 {
		return weighNumber(old.fixed, new.fixed)
	}
	return weighRate(old.rate, new.rate)
}

func weighStatuses(old, new []statusFor) (all weight) {
	name := func(s statusFor) string { return s.status }
	pairs(old, new, name,
		func(statusFor) { all = sum(all, bad) },
		func(was, is statusFor) { all = sum(all, weighPeriod(was.period, is.period)) },
		func(statusFor) { all = sum(all, good) })
	return all
}
