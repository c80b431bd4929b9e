package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

// leads opens a database for several processes' parts in its lead.
func leads(t *testing.T, n int) (*postgres.DB, []*postgres.Lead) {
	t.Helper()
	db := open(t, options(postgrestest.Shared(t).Database(t), thing))
	all := make([]*postgres.Lead, n)
	for i := range all {
		all[i] = db.Lead()
	}
	return db, all
}

func step(t *testing.T, l *postgres.Lead) {
	t.Helper()
	if err := l.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// writes adds a row in a term, and returns why it could not.
func writes(db *postgres.DB, l *postgres.Lead, term int64, name string) error {
	return db.Update(context.Background(), func(tx *database.Tx) error {
		if err := l.Guard(tx, term); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO thing (name, count) VALUES ($1, 0)`, name)
		return err
	})
}

// The first to step leads, the others do not; who asks for it gets it at the
// leader's next step, and what that had under way is not kept any more.
func TestLeadChangesHands(t *testing.T) {
	db, all := leads(t, 2)
	one, two := all[0], all[1]
	step(t, one)
	step(t, two)
	if one.Term() == 0 || two.Term() != 0 {
		t.Fatalf("terms %d and %d", one.Term(), two.Term())
	}
	old := one.Term()
	if err := writes(db, one, old, "a"); err != nil {
		t.Fatal(err)
	}
	handOver(t, one, two)
	err := writes(db, one, old, "b")
	if !errors.Is(err, postgres.ErrLostLead) || !errors.Is(err, database.ErrStorage) {
		t.Errorf("written after the lead was lost: %v", err)
	}
	if err := writes(db, two, two.Term(), "c"); err != nil {
		t.Error(err)
	}
}

// handOver has one lead ask for what another has. That steps no more often than
// the asking can be heard between two steps: without a rest every transaction
// of the one that asks meets one of the other's, and it gives up.
func handOver(t *testing.T, from, to *postgres.Lead) {
	t.Helper()
	g, ctx := errgroup.WithContext(t.Context())
	g.Go(func() error { _, err := to.Take(ctx); return err })
	g.Go(func() error {
		beat := time.NewTicker(50 * time.Millisecond)
		defer beat.Stop()
		for from.Term() != 0 {
			select {
			case <-beat.C:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := from.Step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// A leader that is silent loses the lead, and hears of it when it wakes.
func TestLeaderGone(t *testing.T) {
	db, all := leads(t, 2)
	one, two := all[0], all[1]
	step(t, one)
	old := one.Term()
	two.Patience(0)
	for two.Term() == 0 {
		step(t, two)
	}
	if err := writes(db, one, old, "late"); !errors.Is(err, postgres.ErrLostLead) {
		t.Errorf("written by one that was given up: %v", err)
	}
	step(t, one)
	if one.Term() != 0 {
		t.Error("one that was given up still leads")
	}
}

// Of many who want the lead at once one has each term.
func TestLeadIsOne(t *testing.T) {
	_, all := leads(t, 4)
	terms := make(chan int64, 4*8)
	var g errgroup.Group
	for _, l := range all {
		g.Go(func() error {
			for range 8 {
				term, err := l.Take(context.Background())
				if err != nil {
					return err
				}
				terms <- term
				if err := l.Release(context.Background()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	close(terms)
	had := map[int64]bool{}
	for term := range terms {
		if had[term] {
			t.Errorf("two had term %d", term)
		}
		had[term] = true
	}
}
