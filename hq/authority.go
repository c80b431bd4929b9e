package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// mark is an account that changed, and the version it had then.
type mark struct {
	holder  books.Holder
	version uint64
	sinceN  uint64 // the feeder's: first ledger row it may not have told
}

// rights is what rights are given by now.
func (h *Headquarters) rights() authority.Authority {
	return authority.Authority{
		Keys: h.keys, Incarnation: h.chain.incarnation, Programs: h.programs.Load(), Given: h.given, Now: h.time(),
	}
}

// authority looks at accounts that changed: it places what policy wants, and
// gives back room that rights no longer need. It returns how many it looked at. One
// that cannot be looked at holds up no other: a person is told, and it is looked at
// again when it changes or is rebuilt.
func (h *Headquarters) authority(ctx context.Context) (int, error) {
	if waits, err := h.waiting(ctx); err != nil || waits || !h.soundNow() {
		return 0, err // the marks stay: what would be placed by a wrong clock may be past already
	}
	a := h.rights()
	var marks []mark
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		marks, err = readMarks(tx, `SELECT account, version, 0 FROM authority_dirty ORDER BY account LIMIT $1`, chunk)
		return err
	})
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	plans, room, err := h.lookAt(ctx, a, marks)
	if err != nil {
		return 0, err
	}
	err = oneByOne(ctx, h, room, func(tx *database.Tx, u authority.RoomUse) error { return u.Settle(tx) })
	if err != nil {
		return 0, err
	}
	if err := h.place(ctx, a, plans); err != nil {
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
func (h *Headquarters) lookAt(ctx context.Context, a authority.Authority, marks []mark) (plans []*authority.Plan, room []authority.RoomUse, err error) {
	for rest := marks; len(rest) > 0; {
		err := h.view(ctx, func(tx *database.Tx) error {
			roomy, err := records.Standing(tx, authority.HaveRoom, holdersOf(rest))
			if err != nil {
				return err
			}
			for ; len(rest) > 0; rest = rest[1:] {
				var uses []authority.RoomUse
				if roomy[rest[0].holder] {
					if uses, err = authority.ReadRoom(tx, rest[0].holder); err != nil {
						return err
					}
				}
				some, err := a.Plan(tx, rest[0].holder)
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
func (h *Headquarters) place(ctx context.Context, a authority.Authority, plans []*authority.Plan) error {
	if len(plans) == 0 {
		return nil
	}
	err := oneByOne(ctx, h, plans, a.TakeRoom)
	if err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	roomy := slices.DeleteFunc(slices.Clone(plans), func(p *authority.Plan) bool { return p.Failed != nil })
	if err := oneByOne(ctx, h, roomy, a.Grant); err != nil {
		return fmt.Errorf("place rights: %w", err)
	}
	return h.update(ctx, func(tx *database.Tx) error {
		for _, p := range plans {
			if p.Failed == nil || errors.Is(p.Failed, authority.ErrNoRoom) || errors.Is(p.Failed, authority.ErrRoomMoved) {
				continue // it has no room
			}
			if err := p.GiveBack(tx); err != nil {
				return err
			}
			tx.AfterCommit(func() {
				h.notify(event.Event{What: event.Placement, Account: string(p.Holder), Right: p.Right.ID, Reason: p.Failed.Error()})
			})
		}
		return nil
	})
}

// holdersOf are the accounts of marks.
func holdersOf(marks []mark) []books.Holder {
	of := make([]books.Holder, len(marks))
	for i, m := range marks {
		of[i] = m.holder
	}
	return of
}

func readMarks(tx *database.Tx, query string, args ...any) ([]mark, error) {
	rows, err := tx.Query(query, args...)
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
