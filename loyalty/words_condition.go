package loyalty

import (
	"slices"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// conditionWords puts a condition in words that stand behind a comma or a verb:
// "for members at level vib, in April". Where there are none it is told as it
// is written; nil is always, and needs no words.
func (p *Program) conditionWords(c *condition.Condition) string {
	if c == nil || c.String() == "true" {
		return ""
	}
	return p.textWords(c.String())
}

// only says what a rule or reward is kept to, by a condition or a part of one.
func (p *Program) only(text string) string { return "only " + p.textWords(text) }

func (p *Program) textWords(text string) string {
	asWritten := "if " + strings.Join(strings.Fields(text), " ")
	all, ok := readClauses(text)
	if !ok {
		return asWritten
	}
	all = mergedAlternatives(all)
	words := make([]string, len(all))
	for i, together := range all {
		if words[i], ok = p.clausesWords(together); !ok {
			return asWritten
		}
	}
	if slices.ContainsFunc(all, func(together []clause) bool { return len(together) > 1 }) {
		return strings.Join(words, ", or ") // there are commas within them
	}
	return listed(words, "or")
}

// mergedAlternatives makes `x == "a" || x == "b"` one clause about x.
func mergedAlternatives(all alternatives) alternatives {
	var merged alternatives
	for _, together := range all {
		if last := len(merged) - 1; last >= 0 && len(together) == 1 && len(merged[last]) == 1 &&
			merged[last][0].joins(together[0], "==", "has") {
			merged[last] = []clause{merged[last][0].with(together[0])}
			continue
		}
		merged = append(merged, together)
	}
	return merged
}

// joins reports whether two clauses are one about the same thing with any of
// both's values; ops are those that allow it.
func (c clause) joins(other clause, ops ...string) bool {
	return c.path == other.path && c.op == other.op && slices.Contains(ops, c.op)
}

func (c clause) with(other clause) clause {
	c.values = slices.Concat(c.values, other.values)
	return c
}

func (p *Program) clausesWords(together []clause) (string, bool) {
	var merged []clause
	for _, c := range together {
		if last := len(merged) - 1; last >= 0 && merged[last].joins(c, "!=", "hasnot") {
			merged[last] = merged[last].with(c)
			continue
		}
		merged = append(merged, c)
	}
	var words []string
	for _, c := range merged {
		text, ok := p.clauseWords(c)
		if !ok {
			return "", false
		}
		words = append(words, text)
	}
	return strings.Join(words, ", "), true
}

func (p *Program) clauseWords(c clause) (string, bool) {
	if !c.text && len(c.values) == 1 && isPath(c.values[0]) {
		return pairWords(c)
	}
	switch c.path {
	case "now.weekday":
		return setWords(c, "on", weekdays)
	case "now.month", "member.birth_month":
		before := map[string]string{"now.month": "in", "member.birth_month": "for members born in"}
		return setWords(c, before[c.path], months)
	case "now.hour":
		return hourWords(c)
	case "member.visits":
		if c.op == "==" && c.values[0] == "0" {
			return "on the first purchase", true
		}
	case "member.tier":
		if c.op == "!=" && p.isLowest(c.values) {
			return "for members above level " + c.values[0], true
		}
	}
	if m, ok := measures[c.path]; ok && len(c.values) == 1 {
		return p.measureWords(c, m.words, m.money)
	}
	return phraseWords(c, phrases[c.path])
}

// pairWords compare two things that may be read.
func pairWords(c clause) (string, bool) {
	path, other := c.path, c.values[0]
	if path > other {
		path, other = other, path
	}
	return phraseWords(clause{op: c.op}, phrases[path+"="+other])
}

func phraseWords(c clause, said phrase) (string, bool) {
	pattern := said.yes
	switch c.op {
	case "==", "has":
	case "!=", "hasnot":
		pattern = said.no
	default:
		return "", false
	}
	return strings.Replace(pattern, "#", listed(c.values, "or"), 1), pattern != ""
}

// isLowest reports whether the only level named is the one all members have.
func (p *Program) isLowest(levels []string) bool {
	return len(levels) == 1 && p.tiers != nil && p.tiers.levels[0].name == levels[0]
}

func (p *Program) measureWords(c clause, words string, isMoney bool) (string, bool) {
	n, err := strconv.ParseInt(c.values[0], 10, 64)
	if err != nil {
		return "", false
	}
	number, exactly := c.values[0], "#"
	if isMoney {
		number, exactly = p.money(ledger.Minor(n)), "exactly #"
	}
	compared, ok := map[string]string{
		"==": exactly, ">=": "at least #", ">": "more than #", "<": "less than #", "<=": "at most #",
	}[c.op]
	return strings.Replace(words, "#", strings.Replace(compared, "#", number, 1), 1), ok
}

// written is a condition as it stands in the file; empty where there is none.
func written(c *condition.Condition) string {
	if c == nil {
		return ""
	}
	return c.String()
}
