package sync_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What headquarters says of a segment holds at each till from when it hears of
// it, and with the network gone; before, each goes by what it knew.
func TestSegmentsAtTills(t *testing.T) {
	type gives = map[string]ledger.Points
	text := strings.Replace(asking, "rewards:", `  - {id: vip, on: sale, when: '"vip" in member.segments', give: {points: 9}}`+"\nrewards:", 1)
	w := &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, text)), t: t}}
	w.one, w.two = w.till(), w.till()
	w.takeIn(w.one)
	w.exchange()
	w.gives(w.one, gives{"daily": 7})
	w.exchange()
	set := func(out bool) {
		t.Helper()
		done, err := w.Segment(context.Background(), hq.SegmentChange{
			Segmenting: ledger.Segmenting{Segment: "vip", Out: out, Reason: "spring drive"}, Operator: "zeynep",
		}, []hq.Whom{{Phone: e164}})
		w.must(err)
		if done.Changed != 1 {
			t.Errorf("changed %+v", done)
		}
	}
	set(false)
	w.gives(w.one, nil)
	w.pull(w.two)
	w.gives(w.two, gives{"vip": 9})
	w.exchange()
	w.gives(w.one, gives{"vip": 9})
	set(true)
	w.gives(w.one, gives{"vip": 9})
	w.exchange()
	w.gives(w.one, nil)
	w.exchange()
	w.whole(w.one, w.two)
}

// In a household a segment is of one of its members: conditions hold for whoever is
// here, and for nobody where only the account is known, with the network gone too.
func TestSegmentsInHousehold(t *testing.T) {
	h := newHome(t)
	h.settle(h.a, h.b)
	in := func(when string, hers, his bool) {
		t.Helper()
		for i, e := range []*testkit.Enrolled{h.a, h.b} {
			for number, want := range map[string]bool{e164: hers, bobE164: his} {
				m, _, err := e.Identify(context.Background(), number)
				if err != nil || slices.Contains(m.Profile.Segments, "vip") != want {
					t.Errorf("%s, till %d, %s: %v, %v", when, i, number, m.Profile, err)
				}
			}
			if m, err := e.Store.Member(context.Background(), h.account); err != nil || len(m.Profile.Segments) > 0 {
				t.Errorf("%s, till %d, nobody said who is here: %v, %v", when, i, m.Profile, err)
			}
		}
	}
	set := func(out bool, number string) {
		t.Helper()
		_, err := h.Segment(context.Background(), hq.SegmentChange{
			Segmenting: ledger.Segmenting{Segment: "vip", Out: out, Reason: "spring drive"}, Operator: "zeynep",
		}, []hq.Whom{{Phone: number}})
		h.must(err)
		h.settle(h.a, h.b)
	}
	set(false, bobE164)
	in("his", false, true)
	set(false, e164)
	in("both", true, true)
	set(true, bobE164)
	in("hers", true, false)
}
