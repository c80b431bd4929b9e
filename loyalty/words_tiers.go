package loyalty

// tiersWords says what levels count, over which time, and how long a level is
// kept.
func (p *Program) tiersWords() string {
	t := p.tiers
	what := string(t.of) + " earned"
	if u := p.unitOf(t.of); u != nil && p.countsMoney(u) {
		what = "what is spent"
	}
	return "by " + what + " " + t.window.words() + "; " + t.keepWords()
}

func (t *tiers) keepWords() string {
	switch {
	case !t.keep.isZero():
		return "a level is kept " + t.keep.words() + " after it was last reached"
	case t.window.kind == calendarMonth:
		return "a level is kept to the end of the next calendar month"
	case t.window.kind == calendarYear:
		return "a level is kept to the end of the next calendar year"
	case t.window.kind == rolling:
		twice := period{months: 2 * t.window.period.months, days: 2 * t.window.period.days}
		return "a level is kept " + twice.words() + " after it was last reached"
	}
	return "a level is never lost"
}

// levelWords says from when on a level is reached.
func (p *Program) levelWords(l level) string {
	if l.from == 0 {
		return "every member"
	}
	return "from " + p.amountOrSpent(l)
}

// amountOrSpent is a level's threshold, in money where that is what it counts.
func (p *Program) amountOrSpent(l level) string {
	if u := p.unitOf(p.tiers.of); u != nil && p.countsMoney(u) {
		return p.exactMoney(rat(int64(l.from))) + " spent"
	}
	return p.amountOf(p.tiers.of, l.from)
}
