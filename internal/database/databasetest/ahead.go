package databasetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// What is sent ahead is done in its order, before whatever the transaction does next,
// and before its end.
func sentAhead(t *testing.T, db database.DB) {
	for _, size := range []int{1, 2, 700} {
		var want []string
		rows, list := make([][]any, size), make([][]any, size)
		for i := range size {
			name := fmt.Sprintf("thing %03d", i)
			want = append(want, name)
			rows[i], list[i] = []any{name, i, nil, []byte{1}}, []any{name}
		}
		update(t, db, func(tx *database.Tx) error {
			if _, err := tx.Exec(`DELETE FROM thing`); err != nil {
				return err
			}
			if err := tx.SendMany(addMany, rows); err != nil {
				return err
			}
			if err := tx.SendMany(raise, list); err != nil {
				return err
			}
			sum := 0
			if err := tx.QueryRow(`SELECT sum(count) FROM thing`).Scan(&sum); err != nil {
				return err
			}
			if sum != size*(size-1)/2+size*1000 {
				t.Errorf("of %d: they sum up to %d", size, sum)
			}
			return tx.SendMany(raise, list)
		})
		if got := names(t, db); !slices.Equal(got, want) {
			t.Errorf("of %d: %d stand", size, len(got))
		}
	}
}

// What was sent ahead and fails is told by what comes next, at the latest by the end:
// nothing of the transaction is kept then. A savepoint undoes it, and the connection
// goes on.
func failsAhead(t *testing.T, db database.DB) {
	add(t, db, "a", 1)
	add(t, db, "b", 2)
	negative := [][]any{{"c", 3, nil, nil}, {"d", -1, nil, nil}}
	fine := [][]any{{"e", 5, nil, nil}, {"f", 6, nil, nil}}
	ctx := context.Background()
	for said, next := range map[string]func(*database.Tx) error{
		"a statement": func(tx *database.Tx) error { _, err := tx.Exec(`UPDATE thing SET count = 7`); return err },
		"a query":     func(tx *database.Tx) error { return tx.QueryRow(`SELECT count(*) FROM thing`).Scan(new(int)) },
		"a list":      func(tx *database.Tx) error { return tx.ExecMany(addMany, fine) },
		"settling":    (*database.Tx).Settle,
	} {
		update(t, db, func(tx *database.Tx) error {
			if _, err := tx.Exec(`SAVEPOINT here`); err != nil {
				return err
			}
			err := tx.SendMany(addMany, negative)
			if err == nil {
				err = tx.SendMany(addMany, fine)
			}
			if err == nil {
				err = next(tx)
			}
			if err == nil || errors.Is(err, database.ErrStorage) {
				t.Errorf("%s behind a negative count: %v", said, err)
			}
			_, err = tx.Exec(`ROLLBACK TO here`)
			return err
		})
	}
	own := errors.New("its own")
	for _, its := range []error{nil, own} {
		update(t, db, func(tx *database.Tx) error {
			failed, err := tx.Attempt(func() error {
				if err := tx.SendMany(addMany, negative); err != nil {
					return err
				}
				return its
			})
			if failed == nil || database.EndsAll(failed) {
				t.Errorf("an attempt that sends a negative count failed by %v", failed)
			}
			return err
		})
	}
	if err := db.Update(ctx, func(tx *database.Tx) error {
		if err := tx.SendMany(addMany, fine); err != nil {
			return err
		}
		return tx.SendMany(addMany, negative)
	}); err == nil {
		t.Error("a transaction ended well whose last statement failed")
	}
	if err := db.Update(ctx, func(tx *database.Tx) error {
		if err := tx.SendMany(addMany, fine); err != nil {
			return err
		}
		return own
	}); err != own {
		t.Errorf("got %v, want its own error", err)
	}
	if got := names(t, db); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v stand", got)
	}
	view(t, db, func(tx *database.Tx) error {
		if tx.SendMany(addMany, fine) == nil {
			t.Error("a read transaction wrote")
		}
		return nil
	})
}
