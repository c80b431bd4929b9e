package checkout_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/staff"
)

// A view tells at each stage what a larger screen shows, and of a number that is
// being keyed, or a PIN, no more than the line display.
func TestView(t *testing.T) {
	l := newLane(t)
	l.till.Staffed(staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier})
	wants := func(stage checkout.Stage, typed string) checkout.View {
		t.Helper()
		v := l.View()
		if v.Stage != stage || v.Typed != typed {
			t.Errorf("stage %q with %q, want %q with %q", v.Stage, v.Typed, stage, typed)
		}
		return v
	}
	wants(checkout.StageIdle, "")
	l.key(ana)
	wants(checkout.StageIdentifying, "*******4567")
	l.key("=")
	if v := wants(checkout.StageUnknown, ""); v.Number != "+905321234567" || !v.Member.Account.IsZero() {
		t.Errorf("of somebody unknown: %+v", v)
	}
	l.key("N1999")
	v := wants(checkout.StageSelling, "1999")
	if v.Amount != 1999 || v.Sale.Lines[0].Net != 1999 || v.Sale.Who.Account != v.Member.Account || v.Number != "" {
		t.Errorf("selling: %+v", v)
	}
	if _, err := l.till.Quote(t.Context(), l.till.Clock.Now(), v.Sale); err != nil {
		t.Errorf("it cannot be quoted: %v", err)
	}
	l.key("=")
	if v := wants(checkout.StageDone, ""); v.Paper == nil || v.Paper.Entry.Sale.Total != 1999 || !v.Member.Account.IsZero() {
		t.Errorf("done: %+v", v)
	}
	l.key("T" + l.sales()[0].Sale.Receipt + "=")
	if v := wants(checkout.StageReturning, ""); v.Back == nil || v.Left != 1999 {
		t.Errorf("returning: %+v", v)
	}
	l.key("xxM27=48")
	wants(checkout.StagePinning, "**")
	l.key("x")
	if v := wants(checkout.StageIdle, ""); v.Lines != l.display.Last() {
		t.Errorf("the stage says %q, the display %q", v.Lines, l.display.Last())
	}
}

// A chosen reward takes the place of another, is given back when it is chosen
// again, and what only a basket can tell is not chosen.
func TestChoose(t *testing.T) {
	l := newLane(t, "\nrewards:", "\nrewards:\n  - {id: one, cost: {points: 100}, benefit: {discount: 100}}\n  - {id: tea, cost: {points: 100}, benefit: {item: tea}}")
	l.till.Give(l.member(ana), 700)
	choose := func(reward string) { l.Choose(context.Background(), l.till.Clock.Now(), reward) }
	choose("one")
	l.shows("Corner Shop", "Phone, then ENTER")
	l.key(ana + "=")
	for _, c := range []struct{ choose, held string }{{"five", "five"}, {"one", "one"}, {"one", ""}, {"tea", ""}, {"none", ""}, {"one", "one"}} {
		choose(c.choose)
		if got := l.View().Reward; got != c.held {
			t.Errorf("%s chosen: %q is set aside, want %q", c.choose, got, c.held)
		}
	}
	l.key("1999=")
	if e := l.sales()[0]; e.Sale.Total != 1899 || len(e.Sale.Rewards) != 1 || e.Sale.Rewards[0].Reward != "one" {
		t.Errorf("sold %+v", e.Sale)
	}
}

// Whoever keys one number after the other and sells nothing walks through the
// phone book: she is slowed and told.
func TestKeyedLookups(t *testing.T) {
	l := newLane(t)
	l.member(ana)
	for i := range 20 {
		l.key(fmt.Sprintf("05327654%03d=x", i))
	}
	l.key("05327654999=")
	l.shows("Too many lookups", "Wait a few minutes")
	l.till.Clock.Advance(10 * time.Minute)
	l.key("x" + ana + "=")
	if upper := l.display.Last()[0]; !strings.Contains(upper, "4567") {
		t.Errorf("after a while: %q", upper)
	}
}

// A paper can be made of what was sold and what came back, whoever it was for.
func TestPaperOf(t *testing.T) {
	l := newLane(t)
	l.member(ana)
	l.key(ana + "=1999=")
	l.key("V=")
	for _, e := range l.entries("sale", "void") {
		paper, err := l.till.PaperOf(t.Context(), e)
		if err != nil || paper.Name != "***4567" || paper.Entry.ID != e.ID || (e.Return != nil) != (paper.Sale != nil) {
			t.Errorf("%s: %+v, %v", e.Kind, paper, err)
		}
	}
}
