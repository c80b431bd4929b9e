package hub_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// shop is a headquarters, a hub and its lanes, without internet once it is cut.
type shop struct {
	*testing.T
	hq    *testkit.Headquarters
	hub   *testkit.Hub
	lanes []*testkit.Enrolled
	sales int
	// told is what the lanes told each member that she earned, less what she spent.
	told map[string]ledger.Points
}

// newShop opens a shop whose lanes and hub have said hello.
func newShop(t *testing.T, lanes int) *shop {
	t.Helper()
	s := &shop{T: t, hq: testkit.NewHeadquarters(t, testkit.Program(t)), told: map[string]ledger.Points{}}
	s.hub = s.hq.EnrollHub()
	for range lanes {
		lane := s.hq.Enroll(s.hq.Address)
		lane.UseHub(s.hub)
		s.lanes = append(s.lanes, lane)
	}
	s.settle()
	return s
}

// newCutShop opens one that knows Ana, and then has lost its uplink.
func newCutShop(t *testing.T, lanes int) *shop {
	t.Helper()
	s := newShop(t, lanes)
	s.join(0, ana)
	s.settle()
	s.cut(true)
	return s
}

func (s *shop) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// lost is a network that is gone.
func lost(hqsync.Request) testkit.Fault { return testkit.LoseRequest }

// cut takes the uplink from all, or gives it back.
func (s *shop) cut(gone bool) {
	var fault func(hqsync.Request) testkit.Fault
	if gone {
		fault = lost
	}
	s.hub.Uplink.Disturb(fault)
	for _, lane := range s.lanes {
		lane.Direct.Disturb(fault)
	}
}

// meet lets the lanes hear of each other.
func (s *shop) meet() {
	s.Helper()
	for range 2 { // what the last one told reaches the first
		for _, lane := range s.lanes {
			s.must(lane.Meet(context.Background()))
		}
	}
}

// settle lets everything be heard, until nothing is left.
func (s *shop) settle() {
	s.Helper()
	ctx := context.Background()
	for range 4 { // a recall is answered, what comes of it is told
		s.must(s.hub.Sync(ctx))
		s.come(s.lanes...)
		s.must(s.hq.Work(ctx))
	}
	s.meet()
}

// come lets lanes exchange with headquarters, one after the other.
func (s *shop) come(lanes ...*testkit.Enrolled) {
	s.Helper()
	for _, lane := range lanes {
		_, err := lane.Exchange.Once(context.Background())
		s.must(err)
	}
}

// join enrolls somebody at a lane.
func (s *shop) join(lane int, number string) {
	s.Helper()
	parsed, err := phone.Parse(number, "TR")
	s.must(err)
	e := s.lanes[lane]
	s.must(e.Till.Enroll(context.Background(), s.hq.Clock.Now(), e.NewEntry(), e.NewAccount(), parsed, ""))
}

// try sells at a lane, and says why it was refused.
func (s *shop) try(lane int, number string, amount ledger.Minor, redeem ...string) error {
	s.Helper()
	s.sales++
	e := s.lanes[lane]
	done, err := e.Complete(context.Background(), s.hq.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", s.sales), Currency: "TRY", Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}},
		Who:   checkout.Who{Phone: number, Proof: ledger.Claimed},
	})
	if err != nil {
		return err
	}
	for _, p := range done.Entry.Postings {
		if p.To == ledger.Available {
			s.told[number] += p.Amount
		} else {
			s.told[number] -= p.Amount
		}
	}
	return nil
}

// sell is try where nothing stands in the way. On a machine that is busy a hub may
// answer later than a counter waits: what it gives is there at the next try.
func (s *shop) sell(lane int, number string, amount ledger.Minor, redeem ...string) {
	s.Helper()
	err := s.try(lane, number, amount, redeem...)
	for range 50 {
		if !errors.As(err, new(*loyalty.NoRedeem)) {
			break
		}
		err = s.try(lane, number, amount, redeem...)
	}
	s.must(err)
}

// shows wants a lane to show a balance.
func (s *shop) shows(lane int, number string, want ledger.Points) {
	s.Helper()
	parsed, err := phone.Parse(number, "TR")
	s.must(err)
	member, err := s.lanes[lane].Store.Find(context.Background(), ledger.PhoneIdentifier, parsed.E164())
	s.must(err)
	if got := member.Balance(testkit.Points).Shown; got != want {
		s.Errorf("lane %d shows %d, want %d", lane, got, want)
	}
}

// agree wants headquarters and every lane to have what was told, and no loss.
func (s *shop) agree() {
	s.Helper()
	ctx := context.Background()
	for number, want := range s.told {
		member, err := s.hq.MemberByPhone(ctx, number)
		s.must(err)
		if b := member.Balances[0]; b.Available+b.Escrowed != want || b.Receivable != 0 {
			s.Errorf("headquarters has %+v of %s, told was %d", b, number, want)
		}
		for lane := range s.lanes {
			s.shows(lane, number, want)
		}
	}
	status, err := s.hq.Status(ctx)
	s.must(err)
	if status.Quarantined != 0 || status.Unprojected != 0 {
		s.Errorf("headquarters: %+v", status)
	}
	exposure, err := s.hq.Exposure(ctx, inquiry.ExposureOf{Most: 1000})
	s.must(err)
	if len(exposure.Losses) > 0 || len(exposure.Unproven) > 0 {
		s.Errorf("lost: %+v", exposure)
	}
	s.sound()
}

// sound wants all stores to be what their journals say.
func (s *shop) sound() {
	s.Helper()
	ctx := context.Background()
	checked, err := s.hq.Fsck(ctx, nil)
	s.must(err)
	for _, f := range checked.Findings {
		s.Errorf("headquarters: %v", f)
	}
	for _, lane := range s.lanes {
		report, err := lane.Store.Verify(ctx, nil)
		s.must(err)
		for _, f := range report.Findings {
			s.Errorf("lane: %v", f)
		}
	}
}

// refused wants an error of redeeming.
func (s *shop) refused(err error) {
	s.Helper()
	if err == nil {
		s.Error("it was given")
	}
}

// moveTo has hub and lanes reach another headquarters.
func (s *shop) moveTo(to *testkit.Headquarters) {
	s.hq = to
	for _, lane := range s.lanes {
		to.MoveLane(lane)
	}
	s.hub.MoveTo(to)
}
