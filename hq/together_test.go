package hq_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// process is one of several headquarters that serve one database.
type process struct {
	*hq.Headquarters
	dir   string
	url   string
	ended chan error // has why it ended, once it did
	stop  func() error
}

// join starts another headquarters on a world's database, in a folder of its own
// with the same keys.
func (w *world) join() *process {
	w.Helper()
	dir := w.TempDir()
	secret, err := os.ReadFile(filepath.Join(w.dir, hq.KeyFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, hq.KeyFile), secret, 0o600)
	}
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h, err := hq.Open(ctx, hq.Options{Dir: dir, Database: w.database, Now: w.now, Policy: policy(), Notify: w.note})
	if err != nil {
		w.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	p := &process{Headquarters: h, dir: dir, url: "https://" + listener.Addr().String(), ended: make(chan error, 1)}
	g := new(errgroup.Group)
	g.Go(func() error {
		err := h.Serve(ctx, listener, func(err error) { w.Error("work: ", err) })
		p.ended <- err
		return err
	})
	p.stop = func() error {
		cancel()
		return errors.Join(g.Wait(), h.Close())
	}
	w.Cleanup(func() { p.stop() })
	return p
}

// newSharedWorld is a world on PostgreSQL, whatever the flag says.
func newSharedWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, postgrestest.Shared(t))
}

// deliver pushes until it is acked: a headquarters that is busy is asked again.
func (t *till) deliver() error {
	message := t.batch(t.acked, len(t.lines))
	for {
		ack, err := t.send(message)
		if isBusy(err) {
			continue
		}
		if err == nil {
			t.token, t.acked = ack.Token, int(ack.UpTo.Seq)
		}
		return err
	}
}

// isBusy tells what a till takes for a headquarters that is out of reach: an
// answer that is not signed, because nothing can be read that says who asks, is
// one.
func isBusy(err error) bool {
	return code(err) == wire.CodeBusy || err != nil && strings.Contains(err.Error(), "status 503")
}

// settled waits until everything that came in was worked on.
func (w *world) settled() {
	w.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		s := w.status()
		if s.Unprojected == 0 {
			return
		}
		if time.Now().After(deadline) {
			w.Fatalf("not worked on within a minute: %+v", s)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// lane is a till among several that serve the same members, each going to this
// or that process of headquarters.
type lane struct {
	*till
	processes []*process
	members   []ledger.AccountID
	draw      *rand.Rand

	holds         map[ledger.RightID]ledger.Subject // unspent
	earned, spent ledger.Points
}

func (l *lane) step() error {
	l.via = l.processes[l.draw.IntN(len(l.processes))].url
	member := l.members[l.draw.IntN(len(l.members))]
	switch l.draw.IntN(5) {
	case 0:
		return l.hear()
	case 1:
		return l.wants(member)
	case 2, 3:
		for id, subject := range l.holds {
			delete(l.holds, id)
			l.spend(subject, id, 100)
			l.spent += 100
			return l.deliver()
		}
	}
	l.earn(ledger.SubjectOf(member), 100)
	l.earned += 100
	return l.deliver()
}

// hear reads the feed for rights that were placed here.
func (l *lane) hear() error {
	page, err := l.feed(0)
	if err != nil {
		return unlessBusy(err)
	}
	l.cursor = page.Next
	for _, c := range page.Changes {
		if c.Right != nil && c.Right.Terminal == l.Terminal && c.Right.Grant != nil {
			if err := l.holdsNow(*c.Right.Grant); err != nil {
				return err
			}
		}
	}
	return nil
}

// wants asks for a right now.
func (l *lane) wants(of ledger.AccountID) error {
	message, err := json.Marshal(wire.RightRequest{ID: newRightID(), Account: of, Program: program.ID, Unit: unit, Amount: 100})
	if err != nil {
		return err
	}
	var answer wire.RightAnswer
	if err := l.ask(http.MethodPost, wire.RightsPath, message, &answer); err != nil || answer.Grant == nil {
		return unlessBusy(err)
	}
	return l.holdsNow(*answer.Grant)
}

func (l *lane) holdsNow(grant ledger.SignedEntry) error {
	e, err := ledger.Decode(grant.Body)
	if err != nil {
		return err
	}
	if _, had := l.rights[e.Right.ID]; !had && e.Right.Amount >= 100 {
		l.holds[e.Right.ID] = e.Subject
	}
	l.keep(grant)
	return nil
}

func unlessBusy(err error) error {
	if isBusy(err) {
		return nil
	}
	return err
}

// Three headquarters on one database serve the same tills and members, whoever
// comes to which; one at a time works, another goes on when it stops. In the end
// each sale counts once, no point was spent twice, and none is missing.
func TestSeveralProcesses(t *testing.T) {
	w := newSharedWorld(t)
	processes := []*process{w.join(), w.join(), w.join()}
	const steps = 40
	lanes, members := make([]*lane, 4), make([]ledger.AccountID, 3)
	for i := range lanes {
		lanes[i] = &lane{
			till: w.newTill(fmt.Sprintf("lane %d", i)), processes: processes[:2], members: members,
			draw: rand.New(rand.NewPCG(uint64(i), 1)), holds: map[ledger.RightID]ledger.Subject{},
		}
	}
	for i := range members {
		members[i] = lanes[0].addMember(phoneNumber(i), "")
	}
	if err := lanes[0].deliver(); err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for _, l := range lanes {
		g.Go(func() error {
			for n := range steps {
				if err := l.step(); err != nil {
					return fmt.Errorf("step %d: %w", n, err)
				}
			}
			return nil
		})
	}
	if err := processes[2].stop(); err != nil {
		t.Error(err)
	}
	if err := g.Wait(); err != nil {
		t.Fatalf("%v; %+v", err, w.events)
	}
	w.settled()
	w.clean()
	var have, earned, spent ledger.Points
	for i := range members {
		b := w.balance(phoneNumber(i))
		have += b.Available + b.Escrowed
	}
	for _, l := range lanes {
		earned, spent = earned+l.earned, spent+l.spent
	}
	if have != earned-spent || w.told(event.Loss) > 0 || w.told(event.Quarantined) > 0 {
		t.Errorf("%d points, want %d earned less %d spent; lost %d times, in quarantine %d",
			have, earned, spent, w.told(event.Loss), w.told(event.Quarantined))
	}
	if spent == 0 {
		t.Error("nothing was spent: it shows nothing")
	}
}

// What one process publishes, the others tell; what one is told by a person, it
// does itself, whoever worked until then.
func TestProcessesKeepUp(t *testing.T) {
	w := newSharedWorld(t)
	one, two := w.join(), w.join()
	a := w.newTill("lane")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.earn(subject, 500)
	a.via = one.url
	if err := a.deliver(); err != nil {
		t.Fatal(err)
	}
	a.via = two.url
	page, err := a.feed(10 * time.Second)
	for err == nil && len(page.Changes) == 0 {
		page, err = a.feed(10 * time.Second)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*process{one, two, one} {
		if _, err := p.Retry(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.settled()
	w.clean()
}
