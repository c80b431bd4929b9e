package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

// Who waits only so long for a row that another has locked fails by it, and the next
// transaction on its connection waits as long as ever.
func TestWaitAtMost(t *testing.T) {
	ctx := context.Background()
	url := postgrestest.Shared(t).Database(t)
	one, two := open(t, options(url, thing)), open(t, options(url, thing))
	count := func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE thing SET count = count + 1 WHERE name = 'a'`)
		return err
	}
	err := one.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO thing (name, count) VALUES ('a', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = one.Update(ctx, func(tx *database.Tx) error {
		if err := count(tx); err != nil {
			return err
		}
		err := two.Update(postgres.WaitAtMost(ctx, 10*time.Millisecond), count)
		if !errors.Is(err, postgres.ErrLocked) || !errors.Is(err, database.ErrStorage) {
			t.Errorf("a locked row: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		context.Context
		limit string
	}{{postgres.WaitAtMost(ctx, 10*time.Millisecond), "10ms"}, {ctx, "0"}} {
		err := two.Update(c, func(tx *database.Tx) error {
			var limit, isolation string
			err := tx.QueryRow(`SELECT current_setting('lock_timeout'), current_setting('transaction_isolation')`).Scan(&limit, &isolation)
			if limit != c.limit || isolation != "serializable" {
				t.Errorf("waits %s, want %s; %s", limit, c.limit, isolation)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
