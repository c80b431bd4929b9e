package hq

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A store has one program of the chain's. Given another, its feed tells of that
// one alone, its tills change over when they hear of it, and their rights to what
// members have under the one before are called back. What members have under that
// one stays theirs, in the stores that have it.

// NotAssignable says why a store cannot have a program.
type NotAssignable struct{ Reason string }

func (e *NotAssignable) Error() string { return e.Reason }

func unassignable(format string, args ...any) error {
	return &NotAssignable{fmt.Sprintf(format, args...)}
}

// AssignProgram gives a store a program of the chain's. Its error is
// *NotAssignable, or ErrNotFound for a store that is not there. Giving it again is
// no error and changes nothing.
func (h *Headquarters) AssignProgram(ctx context.Context, store ledger.StoreID, id string) error {
	ctx, end, err := h.turn(ctx) // nothing is placed or told meanwhile by what was
	if err != nil {
		return err
	}
	defer end()
	err = h.update(ctx, func(tx *database.Tx) error {
		s, err := records.ReadStore(tx, h.keys, store)
		if err != nil || s.Program == id {
			return err
		}
		if err := h.mayHave(s.Store, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE store SET program = $1 WHERE store = $2`, id, store); err != nil {
			return err
		}
		if err := tellStoreAnew(tx, store); err != nil {
			return err
		}
		return authority.RecallOthers(tx, store, id)
	})
	if err != nil {
		return fmt.Errorf("give store %q a program: %w", string(store), err)
	}
	return h.programsChanged(ctx)
}

// mayHave says why a store cannot have a program.
func (h *Headquarters) mayHave(store wire.Store, id string) error {
	all := h.programs.Load()
	p := all.Find(id)
	switch {
	case p == nil && len(all.Chain) == 0:
		return unassignable("no program was published yet")
	case p == nil:
		return unassignable("there is no program %q: the chain has %s", id, publication.Quoted(all.IDs()))
	case p.Currency() != store.Currency:
		return unassignable("program %q counts in %s, and the store in %s", id, p.Currency(), store.Currency)
	}
	return nil
}

// ChainPrograms returns the ids of the chain's programs, in the order in which
// they came.
func (h *Headquarters) ChainPrograms() []string { return h.programs.Load().IDs() }

// programFor is the program that a store has: its own where it stands already, or
// the first one in its currency; empty as long as nothing was published.
func (h *Headquarters) programFor(tx *database.Tx, store wire.Store) (string, error) {
	stands, err := records.ReadStore(tx, h.keys, store.ID)
	if err != nil && !errors.Is(err, records.ErrNotFound) {
		return "", err
	}
	if stands.Program != "" {
		return stands.Program, h.mayHave(store, stands.Program)
	}
	all := h.programs.Load()
	if len(all.Chain) == 0 {
		return "", nil
	}
	for _, p := range all.Chain {
		if p.Currency() == store.Currency {
			return p.ID, nil
		}
	}
	return "", unassignable("no program of the chain counts in %s: publish one first, as a further program", store.Currency)
}

// adoptStores gives the stores that a release before this one made the program
// that new ones have.
func (h *Headquarters) adoptStores(ctx context.Context) error {
	return h.update(ctx, func(tx *database.Tx) error {
		stores, err := records.ReadStores(tx, h.keys)
		if err != nil {
			return err
		}
		for _, s := range stores {
			if s.Program != "" {
				continue
			}
			id, err := h.programFor(tx, s.Store)
			if _, none := errors.AsType[*NotAssignable](err); err != nil && !none {
				return err
			}
			if _, err := tx.Exec(`UPDATE store SET program = $1 WHERE store = $2`, id, s.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellStoreAnew has a store told of every account again, and of its program's
// versions: what its feed has of them is of another program. Accounts whose
// points may have a place there now are looked at.
func tellStoreAnew(tx *database.Tx, store ledger.StoreID) error {
	_, err := tx.Exec(`DELETE FROM feed WHERE store = $1 AND kind IN ('account', 'program', 'stop')`, store)
	if err != nil {
		return fmt.Errorf("forget what a store was told: %w", err)
	}
	if err := posting.MarkAllForFeed(tx); err != nil {
		return err
	}
	return markAllForAuthority(tx)
}
