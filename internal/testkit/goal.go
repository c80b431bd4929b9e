package testkit

import (
	"fmt"
	"testing"
)

// Goal is one goal of how fast or small something has to be.
type Goal struct {
	Number int
	What   string
	Ours   float64
	Bare   float64 // the least that could do it; 0 where the goal is absolute
	Unit   string  // of both
	Limit  float64 // of ours to bare, or of ours
	Least  bool    // the limit is the least, not the most
}

// Print writes the goal as one line: what, ours, bare, their ratio, the goal,
// and whether it is met, met within a factor of two, or not. A benchmark's
// trial round prints nothing.
func (g Goal) Print(tb testing.TB) {
	if b, ok := tb.(*testing.B); ok && b.N == 1 {
		return
	}
	value, against := g.Ours, ""
	if g.Bare != 0 {
		value = g.Ours / g.Bare
		against = fmt.Sprintf(", bare %.4g %s, ratio %.2f", g.Bare, g.Unit, value)
	}
	sign := "≤"
	if g.Least {
		sign = "≥"
	}
	fmt.Printf("goal %d: %s, ours %.4g %s%s, goal %s %.4g, %s\n", g.Number, g.What, g.Ours, g.Unit, against, sign, g.Limit, g.verdict(value))
}

func (g Goal) verdict(value float64) string {
	over := value / g.Limit
	if g.Least {
		over = g.Limit / value
	}
	switch {
	case over <= 1:
		return "ok"
	case over <= 2:
		return "over, within twice"
	}
	return "over"
}
