package advice_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/advice"
)

// A word is known again with up to two letters wrong, fewer in a short one, and
// whatever its capitals.
func TestNearest(t *testing.T) {
	known := []string{"gold", "silver", "on", "VIP"}
	for word, want := range map[string]string{
		"goold": "gold", "god": "gold", "GOLD": "gold", "dlog": "", "sivler": "silver", "slvr": "silver", "slr": "",
		"on": "on", "no": "", "o": "", "vip": "VIP", "": "", "platinum": "",
	} {
		if got := advice.Nearest(word, known); got != want {
			t.Errorf("%q: nearest is %q, want %q", word, got, want)
		}
	}
}

// What is told ends a sentence.
func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		advice.DidYouMean("goold", []string{"gold"}):       `: did you mean "gold"?`,
		advice.DidYouMean("x", []string{"gold"}):           "",
		advice.Write("goold", []string{"gold", "silver"}):  `: did you mean "gold"?`,
		advice.Write("x", []string{"gold", "silver", "a"}): ": write gold, silver or a",
		advice.OneOf([]string{"gold"}):                     "gold",
		advice.OneOf([]string{"gold", "silver"}):           "gold or silver",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A change, an addition and an omission count one each, from either side.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 2}, {"same", "same", 0}} {
		if got, back := advice.Distance(c.a, c.b), advice.Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q, %q: %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
