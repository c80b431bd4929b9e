package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// mark is an account that changed, and the version it had then.
type mark struct {
	holder  holder
	version uint64
	sinceN  uint64 // the feeder's: first ledger row it may not have told
}

// plan is a right that policy wants placed.
type plan struct {
	holder holder
	right  ledger.Right
	cost   ledger.Points
	failed error
}

// authority looks at accounts that changed: it places what policy wants, and
// gives back room that rights no longer need. It returns how many it looked at.
func (h *Headquarters) authority(ctx context.Context) (int, error) {
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err // the marks stay
	}
	now := h.time()
	var marks []mark
	var plans []*plan
	var room []roomUse
	err := h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if marks, err = readMarks(tx, `SELECT account, version, 0 FROM authority_dirty ORDER BY account LIMIT $1`); err != nil {
			return err
		}
		for _, m := range marks {
			uses, err := readRoom(tx, m.holder)
			if err != nil {
				return err
			}
			room = append(room, uses...)
			more, err := h.plan(tx, m.holder, now)
			if err != nil {
				return fmt.Errorf("place rights of %s: %w", m.holder, err)
			}
			plans = append(plans, more...)
		}
		return nil
	})
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, u := range room {
			if err := u.settle(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := h.place(ctx, plans, now); err != nil {
		return 0, err
	}
	return len(marks), h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, m := range marks {
			_, err := tx.Exec(`DELETE FROM authority_dirty WHERE account = $1 AND version = $2`, m.holder, m.version)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// place takes room for plans, then grants them. A plan that fails gives its
// room back.
func (h *Headquarters) place(ctx context.Context, plans []*plan, now ledger.Millis) error {
	if len(plans) == 0 {
		return nil
	}
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, p := range plans {
			room, err := takeRoom(tx, h.policy().PerTerminal, &p.right, p.holder, p.cost)
			if p.failed = err; errors.Is(err, sqlitedb.ErrStorage) {
				return err
			}
			p.right.Amount = room
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error { return h.grantEach(tx, plans, now) })
	if err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	return h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, p := range plans {
			if p.failed == nil {
				continue
			}
			if !errors.Is(p.failed, errNoRoom) {
				if err := (roomUse{terminal: p.right.Terminal, right: p.right.ID}).settle(tx); err != nil {
					return err
				}
				h.notify(Event{What: EventPlacement, Account: string(p.holder), Right: p.right.ID, Reason: p.failed.Error()})
			}
		}
		return nil
	})
}

// grantEach grants the plans that have room, each undone alone if it fails.
func (h *Headquarters) grantEach(tx *sqlitedb.Tx, plans []*plan, now ledger.Millis) error {
	for _, p := range plans {
		if p.failed != nil {
			continue
		}
		if _, err := tx.Exec(`SAVEPOINT item`); err != nil {
			return err
		}
		if p.failed = h.grant(tx, p.holder, p.right, now); p.failed != nil {
			if errors.Is(p.failed, sqlitedb.ErrStorage) {
				return p.failed
			}
			if _, err := tx.Exec(`ROLLBACK TO item`); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`RELEASE item`); err != nil {
			return err
		}
	}
	return nil
}

// plan says what is to be placed of an account: its share of all that is free
// or at terminals, less what is at terminals, at the lane used last.
func (h *Headquarters) plan(tx *sqlitedb.Tx, of holder, now ledger.Millis) ([]*plan, error) {
	b, err := openBooks(tx, of)
	if err != nil || b.lane.IsZero() {
		return nil, err
	}
	if wanted, err := hasClaims(tx, of); err != nil || wanted {
		return nil, err // making them marks the account again
	}
	balances, err := readBalances(tx, of)
	if err != nil {
		return nil, err
	}
	var plans []*plan
	for _, have := range balances {
		cost, ok := h.policy().places(have.Program, have.Unit)
		if !ok {
			continue
		}
		due, err := h.due(have, cost)
		if err != nil {
			return plans, err
		}
		if due == 0 {
			continue
		}
		t, err := readTerminal(tx, b.lane)
		if err != nil {
			return plans, err
		}
		if t.fenced || t.epoch == 0 {
			continue
		}
		rights, err := apart(tx, of, ledger.Right{
			ID:      ownID("place", string(of), have.Program, string(have.Unit), t.id.String(), fmt.Sprint(b.n), fmt.Sprint(h.chain.incarnation)),
			Program: have.Program, Unit: have.Unit, Amount: due,
		}, now)
		if err != nil {
			return plans, err
		}
		for _, r := range rights {
			h.policy().bind(&r, &t, now)
			plans = append(plans, &plan{holder: of, cost: cost, right: r})
		}
	}
	return plans, nil
}

// due is how much more of a balance policy wants at terminals: a multiple of
// cost, from what is available.
func (h *Headquarters) due(have ledger.Balance, cost ledger.Points) (ledger.Points, error) {
	all, err := have.Available.Add(have.Escrowed)
	if err != nil {
		return 0, err
	}
	want, err := h.policy().share(have.Unit, all, cost)
	if err != nil {
		return 0, err
	}
	due := min(want-have.Escrowed, have.Available)
	if due < cost {
		return 0, nil
	}
	return due - due%cost, nil
}

func readMarks(tx *sqlitedb.Tx, query string) ([]mark, error) {
	rows, err := tx.Query(query, chunk)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	defer rows.Close()
	var marks []mark
	for rows.Next() {
		var m mark
		if err := rows.Scan(&m.holder, &m.version, &m.sinceN); err != nil {
			return nil, fmt.Errorf("read marks: %w", err)
		}
		marks = append(marks, m)
	}
	return marks, rows.Err()
}

// readBalances returns an account's balances, with what its open rights hold.
func readBalances(tx *sqlitedb.Tx, of holder) ([]ledger.Balance, error) {
	rows, err := tx.Query(`
		SELECT b.program, b.unit, b.available, b.pending, b.receivable,
		       coalesce((SELECT sum(r.amount - r.spent - r.returned)
		                 FROM account_right r
		                 WHERE r.account = b.account AND r.program = b.program AND r.unit = b.unit
		                   AND r.state = 'open'), 0)
		FROM balance b
		WHERE b.account = $1
		ORDER BY b.program, b.unit`, of)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	defer rows.Close()
	var balances []ledger.Balance
	for rows.Next() {
		var b ledger.Balance
		if err := rows.Scan(&b.Program, &b.Unit, &b.Available, &b.Pending, &b.Receivable, &b.Escrowed); err != nil {
			return nil, fmt.Errorf("read balances: %w", err)
		}
		balances = append(balances, b)
	}
	return balances, rows.Err()
}
