package loyalty

import "strings"

func (d *differ) units() {
	name := func(u unit) string { return string(u.name) }
	pairs(d.old.units, d.new.units, name,
		func(was unit) {
			d.sentence(UnitChange, ForMembers, name(was), d.old.unitSentence(&was), "", unsure)
		},
		d.unitChanged,
		func(is unit) { d.sentence(UnitChange, ForMembers, name(is), "", d.new.unitSentence(&is), unsure) })
}

// unitSentence is what is said of a unit, with its name.
func (p *Program) unitSentence(u *unit) string {
	return string(u.name) + ": " + joined("; ", p.unitWords(u)...)
}

// unitChanged tells each of a unit's terms by itself.
func (d *differ) unitChanged(old, new unit) {
	term := func(was, is string, way weight) {
		before := string(new.name) + ": "
		d.sentence(UnitChange, ForMembers, string(new.name), before+was, before+is, way)
	}
	term(d.old.purpose(&old), d.new.purpose(&new), sum(weighFlag(old.spendable, new.spendable), weighSame(old.money, new.money)))
	term(old.vestingOrNow(), new.vestingOrNow(), weighPeriod(old.pending, new.pending).reversed())
	term(old.expires.words(), new.expires.words(), weighExpiry(old.expires, new.expires))
	if old.round != new.round {
		rank := map[rounding]int{down: 0, halfEven: 1, up: 2}
		term(d.old.roundingWords(&old), d.new.roundingWords(&new), weighNumber(rank[old.round], rank[new.round]))
	}
}

func (u *unit) vestingOrNow() string {
	if words := u.vestingWords(); words != "" {
		return words
	}
	return "can be spent at once"
}

func weighExpiry(old, new expiry) weight {
	switch {
	case old == new:
		return nothing
	case new == expiry{}:
		return good
	case old == expiry{}:
		return bad
	case old.calendarYear || new.calendarYear || old.idle.isZero() != new.idle.isZero():
		return unsure
	}
	return sum(weighPeriod(old.after, new.after), weighPeriod(old.idle, new.idle), weighFlag(old.toMonthEnd, new.toMonthEnd))
}

// tiers compares how levels are counted, and each level by its name.
func (d *differ) tiers() {
	old, new := d.old.tiers, d.new.tiers
	switch {
	case old == nil && new == nil:
		return
	case old == nil:
		d.sentence(TiersChange, ForMembers, "tiers", "", d.new.levelsInWords(), unsure)
		return
	case new == nil:
		d.sentence(TiersChange, ForMembers, "tiers", d.old.levelsInWords(), "", unsure)
		return
	}
	d.sentence(TiersChange, ForMembers, "tiers", "levels "+d.old.tiersWords(), "levels "+d.new.tiersWords(), weighTiers(old, new))
	name := func(l level) string { return l.name }
	pairs(old.levels, new.levels, name,
		func(was level) { d.sentence(LevelChange, ForMembers, was.name, d.old.levelSentence(was), "", unsure) },
		func(was, is level) {
			way := sum(weighSame(old.of, new.of), weighNumber(was.from, is.from).reversed())
			d.sentence(LevelChange, ForMembers, is.name, d.old.levelSentence(was), d.new.levelSentence(is), way)
		},
		func(is level) { d.sentence(LevelChange, ForMembers, is.name, "", d.new.levelSentence(is), unsure) })
}

func (p *Program) levelSentence(l level) string { return "level " + l.name + ": " + p.levelWords(l) }

// levelsInWords tells all levels at once.
func (p *Program) levelsInWords() string {
	words := make([]string, len(p.tiers.levels))
	for i, l := range p.tiers.levels {
		words[i] = l.name + " " + p.levelWords(l)
	}
	return "levels " + p.tiersWords() + ": " + strings.Join(words, ", ")
}

// weighTiers knows that a level kept longer is better. Windows lie within each
// other only for some.
func weighTiers(old, new *tiers) weight {
	kept := unsure
	if old.keep.isZero() == new.keep.isZero() {
		kept = weighPeriod(old.keep, new.keep)
	}
	return sum(weighSame(old.of, new.of), weighSame(old.window, new.window), kept)
}
