package condition_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Whatever is written, it is either refused at a place in its text, or it is
// answered: within its cost, and with a missing part where it does not hold.
func FuzzCompile(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Add(`basket.lines.exists(l, l.categories.all(c, c.contains("é") ? l.net % 7 > -1 : true))`)
	f.Add("(member.tier in ['a', \"b\"]) // &&\n && size(store) > 1u")
	f.Add("[\"é\", 'b'].exists(x, x in member.statuses\n && (now.hour > 1 ? member : referrer).tier >= \"a\")")
	f.Add(`member.joined == null || [1.5, b"x"] == {} || basket.lines[0].sku == "\n"`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := condition.Compile(text)
		if err != nil {
			inside(t, text, err)
			return
		}
		if c.String() != text {
			t.Errorf("%q is written as %q", text, c)
		}
		for _, field := range []string{"member.tier", "member.statuses", "event.on", "line.sku"} {
			quoted(t, text, c.Named(field))
		}
		for _, facts := range []*condition.Facts{{}, ayse()} {
			answered(t, c, facts)
		}
	})
}

func inside(t *testing.T, text string, err error) {
	var problem *condition.Problem
	if !errors.As(err, &problem) || problem.Text == "" {
		t.Fatalf("%q: %v is no problem", text, err)
	}
	lines := strings.Split(text, "\n")
	if problem.Line < 1 || problem.Line > len(lines) {
		t.Fatalf("%q: %v is outside", text, err)
	}
	if problem.Column < 1 || problem.Column > 1+utf8.RuneCountInString(lines[problem.Line-1]) {
		t.Fatalf("%q: %v is outside", text, err)
	}
}

// quoted demands that a quote begins where a text is said to stand.
func quoted(t *testing.T, text string, all []condition.Named) {
	lines := strings.Split(text, "\n")
	for _, n := range all {
		if n.Line < 1 || n.Line > len(lines) {
			t.Fatalf("%q: %v is outside", text, n)
		}
		line := []rune(lines[n.Line-1])
		if n.Column < 1 || n.Column > len(line) || line[n.Column-1] != '"' && line[n.Column-1] != '\'' {
			t.Fatalf("%q: %v is no place of a text", text, n)
		}
	}
}

func answered(t *testing.T, c *condition.Condition, facts *condition.Facts) {
	holds, err := c.Holds(facts)
	if err != nil && !strings.Contains(err.Error(), "overflow") && !strings.Contains(err.Error(), "by zero") {
		t.Errorf("%v", err)
	}
	missing := c.Missing(facts)
	if (missing == "") != holds || !strings.Contains(c.String(), missing) {
		t.Errorf("%q holds %v, missing %q", c, holds, missing)
	}
	if most, counted := c.Cost(facts); counted > most {
		t.Errorf("%q: cost %d, reckoned %d at most", c, counted, most)
	}
}
