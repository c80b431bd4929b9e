package hq_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// process is one of several headquarters that serve one database.
type process struct {
	*hq.Headquarters
	url  string
	stop func() error
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
	p := &process{Headquarters: h, url: "https://" + listener.Addr().String()}
	g := new(errgroup.Group)
	g.Go(func() error { return h.Serve(ctx, listener, func(err error) { w.Error("work: ", err) }) })
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

// Three headquarters on one database take in what the same tills send to this and
// that of them; one at a time works, another goes on when it stops, and in the
// end each sale counts once and no till had more set aside than it may.
func TestSeveralProcesses(t *testing.T) {
	w := newSharedWorld(t)
	processes := []*process{w.join(), w.join(), w.join()}
	const lanes, sales = 4, 12
	tills, subjects := make([]*till, lanes), make([]ledger.Subject, lanes)
	for i := range tills {
		tills[i] = w.newTill(fmt.Sprintf("lane %d", i))
		subjects[i] = ledger.SubjectOf(tills[i].addMember(phoneNumber(i), ""))
	}
	var g errgroup.Group
	for i, a := range tills {
		g.Go(func() error {
			for n := range sales {
				a.via = processes[(i+n)%2].url
				a.earn(subjects[(i+n)%lanes], 100)
				if err := a.deliver(); err != nil {
					return fmt.Errorf("lane %d, sale %d: %w", i, n, err)
				}
			}
			return nil
		})
	}
	if err := processes[2].stop(); err != nil {
		t.Error(err)
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	w.settled()
	w.clean()
	var sum ledger.Points
	for i := range lanes {
		b := w.balance(phoneNumber(i))
		sum += b.Available + b.Escrowed
	}
	if want := ledger.Points(lanes * sales * 100); sum != want {
		t.Errorf("%d points in all, want %d", sum, want)
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
