package condition_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

const tooMuch = "1:1: too much work on a basket of 1000 lines: ask with fewer exists or all inside each other; " +
	"a condition on line is asked again for each line"

// A basket's lines may be looked at for each of its lines, and no more.
func TestCost(t *testing.T) {
	for text, want := range map[string]string{
		`basket.lines.exists(l, "coffee" in l.categories)`:                                          "",
		`basket.lines.exists(l, l.categories.exists(c, c.startsWith("coffee")))`:                    "",
		`basket.lines.exists(l, basket.lines.exists(m, m.sku == l.sku && "sale" in m.categories))`:  "",
		`basket.lines.exists(l, l.sku == line.sku)`:                                                 "",
		`basket.lines.exists(l, basket.lines.exists(m, basket.lines.exists(n, n.net == l.net)))`:    tooMuch,
		`basket.lines.exists(l, basket.lines.exists(m, m.categories.exists(c, c in l.categories)))`: tooMuch,
		`basket.lines.exists(l, line.sku == l.sku && basket.lines.exists(m, m.sku == l.sku))`:       tooMuch,
		`basket.tenders.exists(a, basket.lines.exists(l, a.amount == l.net))`:                       "",
		`[1, 2, 3].exists(i, basket.lines.exists(l, l.quantity == i))`:                              "",
	} {
		_, err := condition.Compile(text)
		if got := problemText(err); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func problemText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// What is reckoned at most is never passed, not even on the fullest basket.
func TestCostHolds(t *testing.T) {
	full := condition.Full()
	for _, text := range append([]string{
		`basket.lines.all(l, l.categories.all(c, c.contains("w")))`,
		`basket.lines.all(l, l.net > 0 && basket.tenders.all(t, t.amount * l.quantity > 0 && t.type == l.sku))`,
		`basket.lines.exists_one(l, l.sku.endsWith(store) ? !("a" in l.categories) : false)`,
		`member.statuses == member.segments && basket.lines.size() > 2`,
		`["a", "b"].all(a, member.statuses.all(s, s != a && basket.departments.all(d, s == d)))`,
	}, samples...) {
		most, counted := compile(t, text).Cost(full)
		if counted > most {
			t.Errorf("%s: cost %d, reckoned %d at most", text, counted, most)
		}
	}
}
