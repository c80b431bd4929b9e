package hub_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// sellMuch is a sale of so many lines that a batch has room for two of its like.
func (s *shop) sellMuch(lane int, number string) {
	s.Helper()
	s.sales++
	e := s.lanes[lane]
	basket := checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", s.sales), Currency: "TRY",
		Who: checkout.Who{Phone: number, Proof: ledger.Claimed},
	}
	for i := range 600 {
		basket.Lines = append(basket.Lines, ledger.Line{SKU: fmt.Sprintf("sku-%020d", i), Net: 100, Gross: 100, Quantity: 1})
	}
	done, err := e.Complete(context.Background(), s.hq.Clock.Now(), basket)
	s.must(err)
	for _, p := range done.Entry.Postings {
		s.told[number] += p.Amount
	}
}

// loseLane ends a lane with its disk.
func (s *shop) loseLane() {
	s.Helper()
	s.must(s.lanes[0].Store.Close())
	s.lanes = s.lanes[1:]
}

// A lane that told its hub all day without an uplink, all in one session, and is lost
// while it brings that to headquarters, in later ones: the hub brings the rest.
func TestLaneIsLostOnItsWay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newCutShop(t, 2)
	for range 6 {
		s.sellMuch(0, ana)
		s.meet()
	}
	s.lanes[0].Direct.Disturb(nil)
	s.lanes[0].Nearby.Disturb(lost)
	for range 2 {
		n, err := s.lanes[0].Exchange.Push(ctx)
		s.must(err)
		if n > 2 {
			t.Fatalf("a batch of %d entries", n)
		}
	}
	s.loseLane()
	s.cut(false)
	s.settle()
	s.agree()
}

// takesAll is something between that says of each batch that it was taken, as a proxy does
// that shows its own page.
type takesAll struct{ hqsync.Transport }

// Do implements hqsync.Transport.
func (t takesAll) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.BatchPath {
		return hqsync.Answer{Status: http.StatusOK, Header: http.Header{}, Body: []byte("<html>sign in</html>")}, nil
	}
	return t.Transport.Do(ctx, r)
}

// whileBrought is a way on which something happens while the first batch is brought.
type whileBrought struct {
	hqsync.Transport
	once *sync.Once
	do   func()
}

// Do implements hqsync.Transport.
func (w whileBrought) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.RelayPath {
		w.once.Do(w.do)
	}
	return w.Transport.Do(ctx, r)
}

// A lane brings by itself what its hub is bringing, and another one tells something
// meanwhile, before it is lost: headquarters gets that too.
func TestToldWhileAnothersIsBrought(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	s.settle()
	s.must(s.hub.Relay(ctx)) // nothing is left of before
	s.cut(true)
	s.sell(1, ana, 10_000)
	s.must(s.lanes[1].Meet(ctx))
	s.sell(0, ana, 20_000)
	s.cut(false)
	s.hub.Uplink.Transport = whileBrought{s.hub.Uplink.Transport, new(sync.Once), func() {
		s.come(s.lanes[1:]...)
		s.must(s.lanes[0].Meet(ctx))
	}}
	s.must(s.hub.Relay(ctx))
	s.loseLane()
	s.settle()
	s.agree()
}

// What headquarters did not say to have taken the hub brings it, also of a lane that is
// lost then.
func TestOthersWordForIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	s.settle()
	s.sell(0, ana, 10_000)
	s.meet()
	way := s.hub.Uplink.Transport
	s.hub.Uplink.Transport = takesAll{way}
	if _, err := s.lanes[0].Exchange.Push(ctx); err == nil {
		t.Error("the lane takes that for an ack")
	}
	s.hub.Uplink.Transport = way
	s.loseLane()
	s.settle()
	s.agree()
}

// Headquarters was restored from a backup, and a lane is lost before it said hello: what
// its hub has is held once another machine is put in the lane's place, and posted when a
// person says so.
func TestLaneIsLostToARestored(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	s.settle()
	backup := s.hq.Backup()
	s.cut(true)
	for range 2 {
		s.sell(0, ana, 10_000)
		s.meet()
	}
	old := s.lanes[0].Options.Terminal
	s.loseLane()
	s.moveTo(s.hq.Restore(backup))
	s.cut(false)
	s.settle()
	_, err := s.hq.ReplaceTerminal(ctx, old, time.Hour)
	s.must(err)
	s.settle()
	held, err := s.hq.HeldOf(ctx, old)
	s.must(err)
	if held.Entries != 2 {
		t.Fatalf("held is %+v", held)
	}
	_, err = s.hq.ReleaseHeld(ctx, old, "operator")
	s.must(err)
	s.settle()
	s.agree()
}

// headquarters is one as a hub sees it, which takes what it likes.
type headquarters struct {
	hub.Headquarters
	relay func([]byte) error
}

func (h headquarters) Relay(_ context.Context, batch []byte) error { return h.relay(batch) }

func (h headquarters) Lanes(context.Context) ([]wire.Lane, error) { return nil, nil }

// What headquarters does not take now, as one of the release before under an old
// session, is brought again each hour, of a journal no more than the first, until it
// is taken.
func TestBroughtAgain(t *testing.T) {
	t.Parallel()
	s := leftAtHub(t)
	var up uplink
	up.refuse(wire.Refuse(wire.CodeHello, ""))
	up.run(s, func(t *testing.T, h *hub.Hub) {
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if brought, told := up.brought(), up.told.Load(); len(brought) != 2 || !bytes.Equal(brought[0], brought[1]) || told != 1 {
			t.Errorf("brought %d times in an hour and a half, told %d times", len(brought), told)
		}
		up.refuse(nil)
		time.Sleep(time.Hour)
		synctest.Wait()
		if brought := up.brought(); len(brought) < 4 || !bytes.Equal(brought[0], brought[2]) {
			t.Errorf("brought %d times in all", len(brought))
		}
		if status, err := h.Status(t.Context()); err != nil || status.Refused+status.Relayed > 0 {
			t.Errorf("afterwards the hub says %+v, %v", status, err)
		}
	})
}

// One lane's batch for which headquarters is busy whenever it comes, or which does not
// come through, holds up that lane alone, and headquarters is not asked more often for it.
func TestBroughtBesideOneThatIsNotTaken(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"busy": wire.Refuse(wire.CodeBusy, ""), "slow": context.DeadlineExceeded} {
		t.Run(name, func(t *testing.T) {
			s := newCutShop(t, 3)
			for range 2 {
				for lane := range s.lanes {
					s.sell(lane, ana, 10_000)
				}
				s.meet()
			}
			s.hub.Kill()
			other := s.lanes[2].Options.Terminal
			head, headErr := s.lanes[2].Store.Head(context.Background())
			s.must(headErr)
			var up uplink
			up.judge = func(of ledger.Seal) error {
				if of.Terminal == other {
					return nil
				}
				return err
			}
			up.run(s, func(t *testing.T, h *hub.Hub) {
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				var upTo ledger.Seq
				for _, batch := range up.brought() {
					if seal, err := wire.SealOf(batch); err == nil && seal.Terminal == other {
						upTo = seal.First + ledger.Seq(seal.Count) - 1
					}
				}
				if upTo != head.Seq {
					t.Errorf("of the other lane %d of %d entries were brought", upTo, head.Seq)
				}
				if status, err := h.Status(t.Context()); err != nil || status.Relayed == 0 || status.Refused > 0 {
					t.Errorf("the hub says %+v, %v", status, err)
				}
				if n := len(up.brought()); n > 2+12 { // those of the third, and one each ten seconds
					t.Errorf("headquarters was asked %d times", n)
				}
			})
		})
	}
}

// What a lane told while the hub's clock was ahead is due at once, and not before what it
// told earlier: headquarters would find a gap.
func TestBroughtInOrder(t *testing.T) {
	t.Parallel()
	s := leftAtHub(t)
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.hub.Dir(), hub.DatabaseFile))
	s.must(err)
	_, err = db.Exec(`UPDATE batch SET at_ms = at_ms + 3600000 WHERE n = (SELECT max(n) FROM batch)`)
	s.must(err)
	var earlier []byte
	var last int
	s.must(db.QueryRow(`SELECT message, (SELECT count(*) FROM batch) FROM batch ORDER BY n LIMIT 1`).Scan(&earlier, &last))
	s.must(db.Close())
	var up uplink
	up.run(s, func(t *testing.T, h *hub.Hub) {
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := len(up.brought()); n > 0 {
			t.Errorf("%d are brought while an earlier one waits", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if brought := up.brought(); len(brought) != last || !bytes.Equal(brought[0], earlier) {
			t.Errorf("brought %d of %d, not the earlier first", len(brought), last)
		}
	})
}

// leftAtHub is a shop whose hub was killed with two sales of a lane to bring.
func leftAtHub(t *testing.T) *shop {
	t.Helper()
	s := newCutShop(t, 1)
	for range 2 {
		s.sell(0, ana, 10_000)
		s.meet()
	}
	s.hub.Kill()
	return s
}

// uplink is a headquarters that keeps what a hub brings, and may refuse it.
type uplink struct {
	mu      sync.Mutex
	batches [][]byte
	judge   func(ledger.Seal) error // nil takes all
	told    atomic.Int64            // how often a person was
}

func (u *uplink) take(batch []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.batches = append(u.batches, batch)
	seal, err := wire.SealOf(batch)
	if err != nil || u.judge == nil {
		return err
	}
	return u.judge(seal)
}

func (u *uplink) brought() [][]byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.batches)
}

func (u *uplink) refuse(by error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.judge = func(ledger.Seal) error { return by }
}

// run has a hub that was killed run beneath it, from then on and in a time of its own,
// until during returns.
func (u *uplink) run(s *shop, during func(t *testing.T, h *hub.Hub)) {
	s.Helper()
	dir, began := s.hub.Dir(), s.hq.Clock.Now()
	synctest.Test(s.T, func(t *testing.T) {
		zero := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		h, err := hub.Open(ctx, hub.Options{
			Dir: dir, Now: func() time.Time { return began.Add(time.Since(zero)) },
			Headquarters: headquarters{relay: u.take},
			Notify:       func(string, ledger.TerminalID, error) { u.told.Add(1) },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		ended := make(chan struct{})
		go func() { h.Run(ctx); close(ended) }()
		during(t, h)
		stop()
		<-ended
	})
}
