package condition_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Each refusal names the place and says what to write instead.
func TestCompileRefuses(t *testing.T) {
	cases := []struct{ text, want string }{
		// the text
		{"", `1:1: empty: write a condition, or leave the key out`},
		{" \n ", `1:1: empty: write a condition, or leave the key out`},
		{"\xff", `1:1: not UTF-8`},
		{strings.Repeat("!", 1000) + "true", `1:1: 1004 bytes long: a condition has at most 1000; split it over several rules`},
		{strings.Repeat("(", 50) + "true" + strings.Repeat(")", 50), `1:1: nested deeper than 32: write fewer ( ) inside each other`},

		// the grammar
		{`member.tier = "vib"`, `1:13: = alone says nothing: write == to compare`},
		{`true & false`, `1:6: & alone says nothing: write &&`},
		{`true and false`, `1:6: "and" is no word here: write &&`},
		{`true or false`, `1:6: "or" is no word here: write ||`},
		{`not true`, `1:1: "not" is no word here: write !`},
		{`member.tier is "vib"`, `1:13: "is" is no word here: write ==`},
		{`member.tier == “vib”`, `1:16: “ is a printer's quote: write "`},
		{`member.tier == "vib`, `1:16: text that begins here is out of place, or lacks its closing quote, or has a \ it may not have`},
		{`member.tier == r"vib"`, `1:16: a text is written in one pair of quotes: "…"`},
		{`member.tier == """vib"""`, `1:16: a text is written in one pair of quotes: "…"`},
		{`(true`, `1:6: it stops too early: something is still open or missing`},
		{`true &&`, `1:8: it stops too early: something is still open or missing`},
		{`true false`, `1:6: "false" is out of place: join questions with && or ||, and put text in quotes`},
		{`now.day == 99999999999999999999`, `1:12: 99999999999999999999 is out of place or too large: numbers go up to 9223372036854775807`},
		{`now.day = 1 = 2 = # #`, `1:9: = alone says nothing: write == to compare`},
		{`now.day == #3`, `1:12: # is out of place`},
		{"\x00", `1:1: U+0000 is out of place`},

		// names
		{`member.teir == "vib"`, `1:8: member has no "teir": did you mean "tier"?`},
		{`member.tier == "vib" &&` + "\n" + `  member . teir == "x"`, `2:12: member has no "teir": did you mean "tier"?`},
		{`"çay" == "çay" && member.teir == "x"`, `1:26: member has no "teir": did you mean "tier"?`},
		{`tender.currency == "x"`, `1:8: tender has no "currency": write type or amount`},
		{`member.joined.hour == 1`, `1:15: day has no "hour": write year, month or day`},
		{`basket.lines.exists(l, l.skuu == "x")`, `1:26: line has no "skuu": did you mean "sku"?`},
		{`membr.tier == "vib"`, `1:1: there is no "membr": did you mean "member"?`},
		{`member.tier == vib`, `1:16: there is no "vib": put text in quotes, or write basket, line, tender, member, referrer, event, now or store`},
		{`basket.lines.exists(line, line.sku == "x")`, `1:21: "line" has a meaning already: give the items another name`},
		{`basket.lines.exists(l, l.categories.exists( l, l == "x"))`, `1:45: "l" has a meaning already: give the items another name`},

		// functions
		{`line.sku.startswith("A")`, `1:10: there is no startswith(…): did you mean "startsWith"?`},
		{`sum(basket.lines) == 1`, `1:1: there is no sum(…): write exists, all, exists_one, size, startsWith, endsWith or contains`},
		{`lowerAscii (store) == "a"`, `1:1: there is no lowerAscii(…): write exists, all, exists_one, size, startsWith, endsWith or contains`},
		{`line.sku.matches("A.*")`, `1:10: there is no matches(…): write startsWith(…), endsWith(…), contains(…) or ==`},
		{`has(member.tier)`, `1:1: there is no has(…): every field has a value; compare it with "" or 0`},
		{`basket.lines.filter(l, true).size() == 1`, `1:14: there is no filter(…): write exists(…), all(…) or exists_one(…)`},
		{`timestamp("2026-01-01T00:00:00Z") == 1`, `1:1: there is no timestamp(…): write now.year, now.month, now.day, now.weekday or now.hour`},
		{`dyn(1) == "x"`, `1:1: there is no dyn(…): each value has one kind`},
		{`basket.lines.exists(l)`, `1:14: exists wants a list in front and two things in its ( ): list.exists(x, x == 1)`},
		{`basket.lines[0].sku == "x"`, `1:13: items are not counted off: write list.exists(x, …)`},

		// inexact and foreign values
		{`basket.net > 1.50`, `1:14: 1.50 is not exact: write a whole number; money counts in minor units, 150 for 1.50`},
		{`basket.net / 2.0 > 1`, `1:14: 2.0 is not exact: write a whole number; money counts in minor units, 150 for 1.50`},
		{`double(basket.net) > 1`, `1:1: there is no double(…): there are only whole numbers; money counts in minor units`},
		{`basket.net > 1u`, `1:14: 1u: write 1 without the u`},
		{`store == b"x"`, `1:10: text with a b in front: leave the b out`},
		{`member.tier == null`, `1:16: null: everything has a value here; compare with "" or 0`},
		{`{"a": 1} == {}`, `1:1: { } makes nothing here: write a list in [ ], or compare single fields`},
		{`member.statuses == []`, `1:20: a list of nothing: ask with size(…) == 0`},
		{`1 in [1, "a"]`, `1:10: a list holds items of one kind: write only numbers, or only text in quotes`},
		{`1 in [now.day + 1, size(store), store == "x"]`, `1:6: a list holds items of one kind: write only numbers, or only text in quotes`},
		{`basket.net / 0 == 1`, `1:14: nothing can be divided by 0`},

		// kinds
		{`member.tier == 3`, `1:13: == compares a text with a number: write both as numbers, or both as text in quotes`},
		{`member.statuses == "plus"`, `1:17: == compares a list of texts with a text: write in to look into a list`},
		{`(store == "1") == 1`, `1:16: == compares a yes or no with a number: leave out == true, and write ! for not`},
		{`member.tier < 3`, `1:13: < compares two numbers or two texts, not a text with a number`},
		{`basket.net + "a" == 1`, `1:12: + counts with whole numbers, not with a number and a text`},
		{`"plus" in member.tier`, `1:8: in looks into a list, not into a text: write text.contains("…")`},
		{`1 in now.day`, `1:3: in looks into a list, not into a number: write x in [1, 2]`},
		{`1 in member.statuses`, `1:3: in looks for a number in a list of texts: write both as numbers, or both as text in quotes`},
		{`now.day && true`, `1:4: a number stands where a yes or no is asked for: compare it, as in x == 1`},
		{`!member.tier`, `1:1: a text stands where a yes or no is asked for: compare it, as in x == "…"`},
		{`basket.lines.exists(l, l)`, `1:24: a line stands where a yes or no is asked for: compare it, as in line.sku == "…"`},
		{`basket.net.exists(l, true)`, `1:7: exists, all and exists_one ask the items of a list, and this is a number`},
		{`store.id == "x"`, `1:6: a text has no fields: leave out what stands behind the dot`},
		{`(true ? member : referrer).teir == ""`, `1:27: there is no field "teir" here`},
		{`true ? 1 : "a"`, `1:6: ? chooses between a number and a text: both must be of one kind, and a yes or no must stand in front`},
		{`line.sku.startsWith(1)`, `1:10: startsWith asks a text about a text: write text.startsWith("…")`},
		{`size(now) == 1`, `1:1: size counts a text or a list: write size(member.statuses)`},
		{`member == referrer`, `1:8: a member is more than one value: compare its parts`},
		{`basket.lines == basket.lines`, `1:14: a list of lines is more than one value: compare its parts`},

		// the answer
		{`basket.net`, `1:1: this gives a number, not a yes or no: compare it, as in x == 1`},
		{` member.statuses`, `1:2: this gives a list of texts, not a yes or no: compare it, as in "…" in x`},
		{`event`, `1:1: this gives an event, not a yes or no: compare it, as in event.on == "…"`},
	}
	for _, c := range cases {
		got, err := condition.Compile(c.text)
		var problem *condition.Problem
		if !errors.As(err, &problem) || got != nil {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
			continue
		}
		if problem.Error() != c.want {
			t.Errorf("%.60s:\n got %v\nwant %s", c.text, problem, c.want)
		}
	}
}
