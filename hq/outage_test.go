package hq_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// outage is a headquarters on a PostgreSQL of its own, that fails and gets well
// while a till sells.
type outage struct {
	*world
	*till
	cluster *postgrestest.Cluster
	subject ledger.Subject
	sold    int
}

func newOutage(t *testing.T, cluster *postgrestest.Cluster) *outage {
	t.Helper()
	w := newWorldOn(t, cluster)
	o := &outage{world: w, till: w.newTill("lane"), cluster: cluster}
	o.subject = ledger.SubjectOf(o.addMember(ayse, ""))
	o.sells(t)
	return o
}

// sells sends a sale, again and again until it is acknowledged.
func (o *outage) sells(t *testing.T) {
	t.Helper()
	o.earn(o.subject, 100)
	o.sold++
	if err := o.deliver(); err != nil {
		t.Fatal(err)
	}
}

// refused sends a sale that cannot be kept now: the till is told to come again,
// and people what is to be done.
func (o *outage) refused(t *testing.T, todo string) {
	t.Helper()
	o.earn(o.subject, 100)
	o.sold++
	if _, err := o.send(o.batch(o.acked, len(o.lines))); !isBusy(err) {
		t.Fatalf("sent while nothing can be kept: %v", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		if e.What == event.Failed && strings.Contains(e.Reason, todo) {
			return
		}
	}
	t.Errorf("nobody was told %q: %v", todo, o.events)
}

// whole checks that all that was sold is here, once.
func (o *outage) whole(t *testing.T) {
	t.Helper()
	if err := o.deliver(); err != nil {
		t.Fatal(err)
	}
	o.work()
	o.clean()
	b := o.balance(ayse)
	if have, want := b.Available+b.Escrowed, ledger.Points(100*o.sold); have != want {
		t.Errorf("%d points, want %d", have, want)
	}
}

// Whatever its server does, headquarters loses nothing that it acknowledged.
func TestServerFails(t *testing.T) {
	cluster := postgrestest.New(t)
	for _, c := range []struct {
		name  string
		story func(*testing.T, *outage)
	}{{"crashes", crashes}, {"is read only", isReadOnly}, {"is full", isFull}, {"restarts", restarts}, {"stops in a batch", stopsInABatch}} {
		t.Run(c.name, func(t *testing.T) { c.story(t, newOutage(t, cluster)) })
	}
}

// A server that crashes and comes back while batches arrive and are worked on
// loses nothing that was acknowledged and doubles nothing that was sent again.
func crashes(t *testing.T, o *outage) {
	for range 3 {
		var g errgroup.Group
		g.Go(func() error { return o.cluster.Stop("immediate") })
		for range 3 {
			o.earn(o.subject, 100)
			o.sold++
			if _, err := o.send(o.batch(o.acked, len(o.lines))); err != nil && !isBusy(err) {
				t.Errorf("in a crash: %v", err)
			}
			_ = o.hq.Work(t.Context()) // it fails or not: what counts is what stands in the end
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		o.refused(t, "PostgreSQL connect")
		if err := o.cluster.Start(); err != nil {
			t.Fatal(err)
		}
	}
	o.whole(t)
}

// A server that takes no writes is told of with what ends it, and the tills'
// sales wait.
func isReadOnly(t *testing.T, o *outage) {
	o.cluster.Exec(t, o.cluster.URL(), "ALTER DATABASE postgres SET default_transaction_read_only = on")
	o.disconnect(t)
	o.refused(t, "default_transaction_read_only")
	if err := o.hq.Work(t.Context()); err == nil || !strings.Contains(err.Error(), "default_transaction_read_only") {
		t.Errorf("work on a server that takes no writes: %v", err)
	}
	if s := o.status(); s.Terminals != 1 {
		t.Errorf("what can be read is not: %+v", s)
	}
	o.cluster.Exec(t, o.cluster.URL()+"&options=-cdefault_transaction_read_only%3Doff",
		"ALTER DATABASE postgres RESET default_transaction_read_only")
	o.disconnect(t)
	o.whole(t)
}

// A server without a free connection is told of with what ends it.
func isFull(t *testing.T, o *outage) {
	if err := errors.Join(o.cluster.Stop("fast"), o.cluster.Start("max_connections=10", "superuser_reserved_connections=0", "max_wal_senders=0")); err != nil {
		t.Fatal(err)
	}
	o.sells(t)
	o.disconnect(t)
	release := o.occupy(t)
	o.refused(t, "max_connections")
	release()
	o.whole(t)
}

// A server that restarts while nothing is under way is not noticed by tills, but
// for one that is told to come again.
func restarts(t *testing.T, o *outage) {
	for range 3 {
		if err := errors.Join(o.cluster.Stop("fast"), o.cluster.Start()); err != nil {
			t.Fatal(err)
		}
		o.sells(t)
	}
	o.earn(o.subject, 100)
	o.sold++
	o.whole(t)
}

// A server that stops in the middle of a batch leaves nothing of it; the till is
// told to come again, and the batch stands once.
func stopsInABatch(t *testing.T, o *outage) {
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, o.database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(ctx, "BEGIN; LOCK TABLE intake IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	o.earn(o.subject, 100)
	o.sold++
	var g errgroup.Group
	g.Go(func() error {
		if _, err := o.send(o.batch(o.acked, len(o.lines))); !isBusy(err) {
			return fmt.Errorf("sent while the server stopped: %v", err)
		}
		return nil
	})
	o.waitFor("the batch is in the middle", func() (waits bool) {
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)").Scan(&waits)
		return err == nil && waits
	})
	if err := errors.Join(o.cluster.Stop("immediate"), g.Wait(), o.cluster.Start()); err != nil {
		t.Fatal(err)
	}
	o.whole(t)
}

// disconnect ends headquarters' connections.
func (o *outage) disconnect(t *testing.T) {
	t.Helper()
	o.cluster.Exec(t, o.cluster.URL(), "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'loyaltyd'")
}

// occupy takes every connection that the server has.
func (o *outage) occupy(t *testing.T) (release func()) {
	t.Helper()
	ctx := context.Background()
	var all []*pgx.Conn
	for {
		conn, err := pgx.Connect(ctx, o.cluster.URL())
		if err != nil {
			break
		}
		all = append(all, conn)
	}
	if len(all) == 0 {
		t.Fatal("there was no connection to take")
	}
	return func() {
		for _, conn := range all {
			conn.Close(ctx)
		}
	}
}
