package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// mark is an account that changed, and the version it had then.
type mark struct {
	holder  books.Holder
	version uint64
	sinceN  uint64 // the feeder's: first ledger row it may not have told
}

// plan is a right that policy wants placed.
type plan struct {
	holder books.Holder
	right  ledger.Right
	cost   ledger.Points
	room   ledger.Points // taken for it
	failed error
}

// authority looks at accounts that changed: it places what policy wants, and
// gives back room that rights no longer need. It returns how many it looked at. One
// that cannot be looked at holds up no other: a person is told, and it is looked at
// again when it changes or is rebuilt.
func (h *Headquarters) authority(ctx context.Context) (int, error) {
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err // the marks stay
	}
	now := h.time()
	var marks []mark
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		marks, err = readMarks(tx, `SELECT account, version, 0 FROM authority_dirty ORDER BY account LIMIT $1`)
		return err
	})
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	plans, room, err := h.lookAt(ctx, marks, now)
	if err != nil {
		return 0, err
	}
	err = h.update(ctx, func(tx *database.Tx) error {
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
	return len(marks), oneByOne(ctx, h, marks, func(tx *database.Tx, m mark) error {
		_, err := tx.Exec(`DELETE FROM authority_dirty WHERE account = $1 AND version = $2`, m.holder, m.version)
		return err
	})
}

// lookAt says what is to be placed of accounts, and which room their rights have. After
// an error the next one is looked at in a transaction of its own: the one in which
// it happened may have ended by it.
func (h *Headquarters) lookAt(ctx context.Context, marks []mark, now ledger.Millis) (plans []*plan, room []roomUse, err error) {
	for rest := marks; len(rest) > 0; {
		err := h.view(ctx, func(tx *database.Tx) error {
			for ; len(rest) > 0; rest = rest[1:] {
				uses, err := readRoom(tx, rest[0].holder)
				if err != nil {
					return err
				}
				some, err := h.plan(tx, rest[0].holder, now)
				if err != nil {
					return err
				}
				plans, room = append(plans, some...), append(room, uses...)
			}
			return nil
		})
		if errors.Is(err, database.ErrStorage) || ctx.Err() != nil {
			return nil, nil, err
		}
		if err != nil {
			h.notify(event.Event{What: event.Placement, Account: string(rest[0].holder), Reason: err.Error()})
			rest = rest[1:]
		}
	}
	return plans, room, nil
}

// place takes room for plans, then grants them. A plan that fails gives its
// room back.
func (h *Headquarters) place(ctx context.Context, plans []*plan, now ledger.Millis) error {
	if len(plans) == 0 {
		return nil
	}
	err := oneByOne(ctx, h, plans, func(tx *database.Tx, p *plan) error {
		var most ledger.Points
		if most, p.failed = h.capOf(tx, p.right.Terminal, p.right.Program); p.failed == nil {
			p.room, p.failed = takeRoom(tx, most, &p.right, p.holder, p.cost)
		}
		if errors.Is(p.failed, database.ErrStorage) {
			return p.failed
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	var roomy []*plan
	for _, p := range plans {
		if p.right.Amount = p.room; p.failed == nil {
			roomy = append(roomy, p)
		}
	}
	err = inTransactions(ctx, h, roomy, func(tx *database.Tx, some []*plan) error { return h.grantEach(tx, some, now) })
	if err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	return h.update(ctx, func(tx *database.Tx) error {
		for _, p := range plans {
			if p.failed == nil {
				continue
			}
			if !errors.Is(p.failed, errNoRoom) {
				if err := (roomUse{terminal: p.right.Terminal, right: p.right.ID}).settle(tx); err != nil {
					return err
				}
				tx.AfterCommit(func() {
					h.notify(event.Event{What: event.Placement, Account: string(p.holder), Right: p.right.ID, Reason: p.failed.Error()})
				})
			}
		}
		return nil
	})
}

// grantEach grants the plans that have room, each undone alone if it fails.
func (h *Headquarters) grantEach(tx *database.Tx, plans []*plan, now ledger.Millis) error {
	for _, p := range plans {
		if _, err := tx.Exec(`SAVEPOINT item`); err != nil {
			return err
		}
		if p.failed = h.grant(tx, p.holder, p.right, now); p.failed != nil {
			if errors.Is(p.failed, database.ErrStorage) {
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

// plan says what is to be placed of an account: of each program its share of all
// that is free or at terminals, less what is at terminals, at the lane used last
// under it.
func (h *Headquarters) plan(tx *database.Tx, of books.Holder, now ledger.Millis) (plans []*plan, err error) {
	b, err := records.OpenBooks(tx, of)
	if err != nil || b.Lane.Terminal.IsZero() {
		return nil, err
	}
	if to, err := records.Survivor(tx, of); err != nil || to != of {
		return nil, err
	}
	if nobodys, err := records.IsNobodys(tx, of); err != nil || nobodys {
		return nil, err
	}
	if wanted, err := records.HasClaims(tx, of); err != nil || wanted {
		return nil, err // making them marks the account again
	}
	for _, p := range h.programs.Load().Chain {
		some, err := h.planUses(tx, b, p.At(h.time()), now)
		if err != nil {
			return nil, err
		}
		plans = append(plans, some...)
	}
	balances, err := records.ReadBalances(tx, of)
	if err != nil {
		return nil, err
	}
	for _, have := range balances {
		some, err := h.planShare(tx, b, have, now)
		if err != nil {
			return plans, err
		}
		plans = append(plans, some...)
	}
	return plans, nil
}

// planShare says what is to be placed of one balance: a right, or one for each
// kind of voucher.
func (h *Headquarters) planShare(tx *database.Tx, b *books.Books, have ledger.Balance, now ledger.Millis) (plans []*plan, err error) {
	policy := h.policy(have.Program)
	cost, ok := policy.places(have.Program, have.Unit)
	if !ok {
		return nil, nil
	}
	due, err := policy.due(have, cost)
	if err != nil || due == 0 {
		return nil, err
	}
	_, voucher := have.Unit.Voucher()
	t, err := h.laneFor(tx, b, have.Program, !voucher, now)
	if err != nil || t == nil {
		return nil, err
	}
	whole := h.planOf(b, t, books.BalanceKey{Program: have.Program, Unit: have.Unit}, due, cost, now)
	rights, err := kindsOf(tx, b.Holder, whole.right, now)
	for _, r := range rights {
		plans = append(plans, &plan{holder: b.Holder, cost: cost, right: r})
	}
	return plans, err
}

// laneFor is where something of a program is to be placed: the lane used last
// under it, or, of what may be split, the hub of that lane's store, from where all
// its lanes have it. A voucher is used where its terms are known, at a lane. It is nil
// where there is none, where the lane is fenced or its store has another program, and
// where it is lost, for all that is heard of it.
func (h *Headquarters) laneFor(tx *database.Tx, b *books.Books, program string, split bool, now ledger.Millis) (*records.Terminal, error) {
	lane, err := b.LaneOf(program)
	if err != nil || lane.IsZero() {
		return nil, err
	}
	t, err := records.ReadTerminal(tx, lane)
	if err != nil {
		return nil, err
	}
	if split {
		if err := h.toHub(tx, &t, program, now); err != nil {
			return nil, err
		}
	}
	if t.Fenced || t.Epoch == 0 || h.policy(program).silent(&t, now) || !h.programs.Load().Serves(t.Store, program) {
		return nil, nil
	}
	return &t, nil
}

// planOf is a right to an amount of a unit, bound to a terminal, under an id that
// is made of what it stands for.
func (h *Headquarters) planOf(b *books.Books, t *records.Terminal, of books.BalanceKey, amount, cost ledger.Points, now ledger.Millis) *plan {
	p := &plan{holder: b.Holder, cost: cost, right: ledger.Right{
		ID:      books.OwnID("place", string(b.Holder), of.Program, string(of.Unit), t.ID.String(), fmt.Sprint(b.N), fmt.Sprint(h.chain.incarnation)),
		Program: of.Program, Unit: of.Unit, Amount: amount,
	}}
	h.policy(of.Program).bind(&p.right, t, now)
	return p
}

// due is how much more of a balance policy wants at terminals: a multiple of
// cost, from what is available.
func (p Policy) due(have ledger.Balance, cost ledger.Points) (ledger.Points, error) {
	all, err := have.Available.Add(have.Escrowed)
	if err != nil {
		return 0, err
	}
	want, err := p.share(have.Unit, all, cost)
	if err != nil {
		return 0, err
	}
	due := min(want-have.Escrowed, have.Available)
	if due < cost {
		return 0, nil
	}
	return due - due%cost, nil
}

func readMarks(tx *database.Tx, query string) ([]mark, error) {
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
