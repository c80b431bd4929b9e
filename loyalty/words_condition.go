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
	asWritten := "if " + strings.Join(strings.Fields(c.String()), " ")
	all, ok := readClauses(c.String())
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

// phrase is how a comparison is said; yes of == and has, no of != and hasnot.
type phrase struct{ yes, no string }

// phrases are about names; # stands for them.
var phrases = map[string]phrase{
	"member.tier":                  {"for members at level #", "for members not at level #"},
	"referrer.tier":                {"where the referrer is at level #", "where the referrer is not at level #"},
	"member.statuses":              {"for members with status #", "for members without status #"},
	"referrer.statuses":            {"where the referrer has status #", "where the referrer does not have status #"},
	"member.segments":              {"for members in group #", "for members not in group #"},
	"line.categories":              {"on items in category #", "except items in category #"},
	"line.sku":                     {"on item #", "except item #"},
	anyLine + "line.categories":    {"with an item in category # in the basket", "without an item in category # in the basket"},
	anyLine + "line.sku":           {"with item # in the basket", "without item # in the basket"},
	"tender.type":                  {"paid with #", "not paid with #"},
	"basket.departments":           {"in department #", "not in department #"},
	"basket.partner":               {"at partner #", "not at partner #"},
	"store":                        {"in store #", "not in store #"},
	"event.name":                   {"with the name #", "with another name than #"},
	"now.day":                      {"on day # of the month", ""},
	"now.year":                     {"in #", "not in #"},
	"member.birth_month=now.month": {"in the month of the birthday", "except in the month of the birthday"},
}

// measures are about numbers; # stands for one and how it is compared.
var measures = map[string]struct {
	words string
	money bool
}{
	"basket.net":         {"in a purchase of #", true},
	"basket.gross":       {"in a purchase of #, tax included", true},
	"line.net":           {"on lines of #", true},
	"line.gross":         {"on lines of #, tax included", true},
	"line.quantity":      {"on lines of # pieces", false},
	anyLine + "line.net": {"with a line of # in the basket", true},
	"tender.amount":      {"where # is paid in that way", true},
	"member.visits":      {"for members with # purchases before", false},
	"member.days":        {"for members who joined # days ago", false},
	"member.referrals":   {"for members who brought # friends", false},
	"referrer.referrals": {"where the referrer has brought # friends before", false},
	"event.value":        {"with a value of #", false},
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

var (
	weekdays = []string{"Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"}
	months   = []string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	}
)

// setWords names all of a few things, numbered from 1, of which the clause
// holds.
func setWords(c clause, before string, names []string) (string, bool) {
	var held []string
	for i, name := range names {
		if c.holds(i + 1) {
			held = append(held, name)
		}
	}
	if len(held) == 0 {
		return "", false
	}
	if c.op == "!=" {
		c.op = "=="
		but, ok := setWords(c, before, names)
		return "except " + but, ok
	}
	last := "and"
	if before != "on" {
		last = "or"
	}
	return before + " " + listed(held, last), true
}

// holds answers a clause about a number.
func (c clause) holds(n int) bool {
	for _, value := range c.values {
		with, err := strconv.Atoi(value)
		if err != nil {
			return false
		}
		switch c.op {
		case "==":
			if n == with {
				return true
			}
		case "!=":
			if n == with {
				return false
			}
		default:
			return c.op == "<" && n < with || c.op == "<=" && n <= with || c.op == ">" && n > with || c.op == ">=" && n >= with
		}
	}
	return c.op == "!="
}

// hourWords says from or until which hour.
func hourWords(c clause) (string, bool) {
	hour, err := strconv.Atoi(c.values[0])
	if err != nil || hour > 23 || len(c.values) > 1 {
		return "", false
	}
	switch c.op {
	case ">=":
		return "from " + strconv.Itoa(hour) + ":00", true
	case ">":
		return "from " + strconv.Itoa(hour+1) + ":00", true
	case "<":
		return "before " + strconv.Itoa(hour) + ":00", true
	case "<=":
		return "before " + strconv.Itoa(hour+1) + ":00", true
	}
	return "", false
}

// levelsNamed are the levels a condition compares with, whatever its form.
func levelsNamed(c *condition.Condition) []string {
	if c == nil {
		return nil
	}
	tokens := tokenForm.FindAllString(c.String(), -1)
	var names []string
	for i, token := range tokens {
		if token != "member.tier" && token != "referrer.tier" {
			continue
		}
		names = append(names, textsAround(tokens, i)...)
	}
	return names
}

// textsAround are the texts a path at a place is compared with.
func textsAround(tokens []string, at int) []string {
	if at >= 2 && mirrored[tokens[at-1]] != "" {
		if name, ok := unquoted(tokens[at-2]); ok {
			return []string{name}
		}
	}
	if at+2 >= len(tokens) {
		return nil
	}
	if mirrored[tokens[at+1]] != "" {
		if name, ok := unquoted(tokens[at+2]); ok {
			return []string{name}
		}
	}
	var names []string
	if tokens[at+1] == "in" && tokens[at+2] == "[" {
		for _, token := range tokens[at+3:] {
			if token == "]" {
				break
			}
			if name, ok := unquoted(token); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// written is a condition as it stands in the file; empty where there is none.
func written(c *condition.Condition) string {
	if c == nil {
		return ""
	}
	return c.String()
}
