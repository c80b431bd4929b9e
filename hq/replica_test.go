package hq_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// What a synchronous standby of PostgreSQL has is durable; what was committed while
// none was waited for is not, until one has it.
func TestReplicaIsDurable(t *testing.T) {
	cluster := postgrestest.New(t)
	w := &world{TB: t, database: cluster.Database(t), replica: true}
	w.found()
	// A commit that waits for a standby for ever fails the test instead.
	cluster.Exec(t, cluster.URL(), "ALTER SYSTEM SET statement_timeout = '2min'")
	till := w.newTill("a")
	till.mustHello(wire.InStep)
	sold := func() ledger.Place {
		till.earn(ledger.SaleSubject(newEntryID()), 5)
		till.push()
		return till.place()
	}
	looked := func() ledger.Place {
		w.pass(2 * time.Minute)
		w.work()
		return till.mustHello(wire.InStep).Durable
	}
	lacks := func() string {
		d, err := w.hq.Durability(context.Background())
		if err != nil || !d.Replica {
			t.Fatalf("%+v, %v", d, err)
		}
		return d.Lacks
	}
	waitFor := func(names string) {
		cluster.Exec(t, cluster.URL(), "ALTER SYSTEM SET synchronous_standby_names = '"+names+"'")
		cluster.Exec(t, cluster.URL(), "SELECT pg_reload_conf()")
		for deadline := time.Now().Add(time.Minute); (lacks() == "") != (names != ""); {
			if time.Now().After(deadline) {
				t.Fatalf("with %q as standbys: %s", names, lacks())
			}
		}
	}
	sold()
	if place, why := looked(), lacks(); !place.IsZero() || !strings.Contains(why, "synchronous_standby_names") {
		t.Errorf("without a standby %v is durable; it lacks %q", place, why)
	}
	cluster.Standby(t)
	waitFor("*")
	first := sold()
	if place := looked(); place != first {
		t.Errorf("with a standby %v is durable, want %v", place, first)
	}
	waitFor("")
	sold()
	if place := looked(); place != first {
		t.Errorf("with a standby that nobody waits for %v is durable, want %v", place, first)
	}
	waitFor("*")
	second := sold()
	if place := looked(); place != second {
		t.Errorf("with a standby again %v is durable, want %v", place, second)
	}
}
