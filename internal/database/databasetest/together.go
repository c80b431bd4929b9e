package databasetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Of many who read a number and write the next one, none is lost.
func lostUpdates(t *testing.T, db database.DB) {
	add(t, db, "count", 0)
	const writers, rounds = 4, 10
	var g errgroup.Group
	for range writers {
		g.Go(func() error {
			for range rounds {
				if err := db.Update(context.Background(), increment); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	view(t, db, func(tx *database.Tx) error {
		var count int
		err := tx.QueryRow(`SELECT count FROM thing`).Scan(&count)
		if count != writers*rounds {
			t.Errorf("%d of %d increments are left", count, writers*rounds)
		}
		return err
	})
}

func increment(tx *database.Tx) error {
	var count int
	if err := tx.QueryRow(`SELECT count FROM thing WHERE name = 'count'`).Scan(&count); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE thing SET count = $1 WHERE name = 'count'`, count+1)
	return err
}

// Of many who read how many rows there are and add the next one, none finds its
// number taken, and none gives up: who was overtaken counts again. It does not
// look for the row that it adds.
func nextNumber(t *testing.T, db database.DB) {
	add(t, db, "count", 0)
	const writers, rounds = 4, 5
	var g errgroup.Group
	for range writers {
		g.Go(func() error {
			for range rounds {
				err := db.Update(context.Background(), func(tx *database.Tx) error {
					var n int
					if err := tx.QueryRow(`SELECT count FROM thing WHERE name = 'count'`).Scan(&n); err != nil {
						return err
					}
					if _, err := tx.Exec(insert, fmt.Sprintf("row %d", n), 0, nil, nil); err != nil {
						return err
					}
					_, err := tx.Exec(`UPDATE thing SET count = $1 WHERE name = 'count'`, n+1)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if all := names(t, db); len(all) != 1+writers*rounds {
		t.Errorf("%d rows", len(all))
	}
}

var errTaken = errors.New("taken")

// Of many who each look whether nobody has a thing, and then take it under a
// name of their own, one has it: rows that were looked for and not found are
// seen too.
func writeSkew(t *testing.T, db database.DB) {
	var g errgroup.Group
	for _, name := range []string{"a", "b", "c", "d"} {
		g.Go(func() error {
			err := db.Update(context.Background(), func(tx *database.Tx) error { return takeOnly(tx, name) })
			if errors.Is(err, errTaken) {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if all := names(t, db); len(all) != 1 {
		t.Errorf("taken by %q", all)
	}
}

func takeOnly(tx *database.Tx, name string) error {
	var n int
	if err := tx.QueryRow(`SELECT count(*) FROM thing WHERE count = 7`).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return errTaken
	}
	_, err := tx.Exec(insert, name, 7, nil, nil)
	return err
}
