package hub_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Whatever three lanes sell and redeem, with hub and uplink there, cut, killed or
// losing answers: never is more spent than there was, and once all is heard
// headquarters and every lane agree, and nothing is the program's loss.
func TestNothingIsSpentTwice(t *testing.T) {
	t.Parallel()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("4")
	}
	s := newShop(t, 3) // one for all: to open it costs more than all that is done
	members := 0
	rapid.Check(t, func(rt *rapid.T) {
		members++
		d := &day{shop: s, rt: rt, number: fmt.Sprintf("+90532%07d", members)}
		s.join(0, d.number)
		s.sell(0, d.number, 240_000)
		s.settle()
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			d.step()
			d.within()
		}
		d.heal()
		s.settle()
		s.agree()
	})
}

// Whoever comes for the first time, wherever she is enrolled, once or at several lanes, and
// whatever is sold to her number or to her meanwhile, with hub and uplink there, cut,
// killed or losing answers: in the end she has one account, with all that was told.
func TestNewcomersAreOne(t *testing.T) {
	t.Parallel()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("4")
	}
	s := newShop(t, 3)
	members := 0
	rapid.Check(t, func(rt *rapid.T) {
		members++
		d := &day{shop: s, rt: rt, number: fmt.Sprintf("+90533%07d", members), mended: true}
		d.cut(rapid.Bool().Draw(rt, "cut"))
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			if lane := rapid.IntRange(0, 2).Draw(rt, "lane"); rapid.IntRange(0, 3).Draw(rt, "enroll") == 0 && !s.knows(lane, d.number) {
				s.join(lane, d.number)
			}
			d.step()
			d.within()
		}
		d.heal()
		s.settle()
		if !s.knows(0, d.number) { // nobody asked her
			s.join(0, d.number)
			s.settle()
		}
		s.settle()
		s.agree()
		s.oneAccount(d.number)
		s.introduced(0)
	})
}

// day is what happens to one member.
type day struct {
	*shop
	rt     *rapid.T
	number string
	dead   bool // the hub
	mended bool // some journal began another epoch: what is shown until it is heard may lack something
}

func (d *day) step() {
	ctx := context.Background()
	lane := rapid.IntRange(0, len(d.lanes)-1).Draw(d.rt, "lane")
	e := d.lanes[lane]
	switch rapid.SampledFrom([]string{
		"sell", "redeem", "redeem", "redeem", "meet", "meet", "all meet", "exchange", "hub exchanges", "cut uplink", "restore uplink",
		"cut lane", "restore lane", "lose answers", "kill hub", "start hub", "work", "restart lane", "wait",
		"lane's epoch", "hub's epoch",
	}).Draw(d.rt, "step") {
	case "sell":
		d.sell(lane, d.number, 5_000)
	case "redeem":
		_ = d.try(lane, d.number, 2_000, "five") // where nothing can be had it is refused
	case "meet":
		_ = e.Meet(ctx) // it may be cut off, as those below
	case "all meet":
		d.allMeet()
	case "exchange":
		_, _ = e.Exchange.Once(ctx)
	case "hub exchanges":
		if !d.dead {
			_ = d.hub.Sync(ctx)
		}
	case "cut uplink":
		d.cut(true)
	case "restore uplink":
		d.cut(false)
	case "cut lane":
		e.Nearby.Disturb(func(hqsync.Request) testkit.Fault { return testkit.LoseRequest })
	case "restore lane":
		e.Nearby.Disturb(nil)
	case "lose answers":
		n := 0
		e.Nearby.Disturb(func(hqsync.Request) testkit.Fault {
			n++
			return [...]testkit.Fault{testkit.LoseAnswer, testkit.None, testkit.Twice}[n%3]
		})
	case "kill hub":
		d.hub.Kill()
		d.dead = true
	case "start hub":
		d.start()
	case "work":
		d.must(d.hq.Work(ctx))
	case "restart lane":
		d.restart(lane)
	case "lane's epoch":
		d.newEpoch(e.Store)
	case "hub's epoch":
		if !d.dead {
			d.newEpoch(d.hub.Store)
		}
	case "wait":
		d.hq.Clock.Advance(time.Duration(rapid.IntRange(1, 30).Draw(d.rt, "minutes")) * time.Minute)
	}
}

// newEpoch has a journal begin one, as after a damage.
func (d *day) newEpoch(of *offline.Store) {
	status, err := of.Status(context.Background())
	d.must(err)
	d.mended = true
	d.must(of.OpenEpoch(context.Background(), 0, status.Acked))
}

// allMeet has the lanes hear of each other, whatever headquarters told whom: each
// shows all that was told.
func (d *day) allMeet() {
	d.start()
	for _, e := range d.lanes {
		e.Nearby.Disturb(nil)
	}
	d.meet()
	for lane := range d.lanes {
		if !d.mended {
			d.shows(lane, d.number, d.told[d.number])
		}
	}
}

func (d *day) start() {
	if d.dead {
		d.hub.Restart()
		d.dead = false
	}
}

// restart closes a lane and opens it again.
func (d *day) restart(lane int) {
	d.must(d.lanes[lane].Store.Close())
	d.lanes[lane] = d.hq.Reopen(d.lanes[lane])
	d.lanes[lane].UseHub(d.hub)
}

func (d *day) heal() {
	d.start()
	d.cut(false)
	for _, e := range d.lanes {
		e.Nearby.Disturb(nil)
	}
}

// within wants nothing to be spent that was not there.
func (d *day) within() {
	if d.told[d.number] < 0 {
		d.rt.Fatalf("more was spent than earned: %d", d.told[d.number])
	}
	exposure, err := d.hq.Exposure(context.Background(), inquiry.ExposureOf{Most: 1000})
	d.must(err)
	if len(exposure.Losses) > 0 {
		d.rt.Fatalf("lost: %+v", exposure.Losses)
	}
}
