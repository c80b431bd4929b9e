package sync_test

import (
	"context"
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
