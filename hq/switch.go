package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// switchOver has every account looked at again once another version of a program
// is in force in all stores that have it: something may fall due at another time,
// or be placed otherwise. It returns for how many programs that is so.
func (h *Headquarters) switchOver(ctx context.Context) (switched int, err error) {
	for _, p := range h.programs.Load().Chain {
		current := p.Everywhere(h.time())
		if h.entered[p.ID] == current.Ref() {
			continue
		}
		did, err := h.enterVersion(ctx, p, current)
		if err != nil {
			return switched, fmt.Errorf("switch to version %d of %s: %w", current.Ref().Version, p.ID, err)
		}
		h.entered[p.ID] = current.Ref()
		if did {
			switched++
			h.notify(event.Event{What: event.InForce, Reason: fmt.Sprintf("%s, version %d", p.ID, current.Ref().Version)})
		}
	}
	return switched, nil
}

// enterVersion notes which version accounts are looked at under, and reports
// whether it was another.
func (h *Headquarters) enterVersion(ctx context.Context, p *publication.Program, current *loyalty.Program) (switched bool, err error) {
	err = h.update(ctx, func(tx *database.Tx) error {
		var was int
		err := tx.QueryRow(`SELECT version FROM program_entered WHERE program = $1`, p.ID).Scan(&was)
		first := errors.Is(err, sql.ErrNoRows)
		if err != nil && !first {
			return err
		}
		if switched = !first && was != current.Ref().Version; switched {
			before := p.Version(was)
			if err := lookAgain(tx, before == nil || before.Remembers() != current.Remembers()); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`
			INSERT INTO program_entered (program, version)
			VALUES ($1, $2)
			ON CONFLICT (program) DO UPDATE SET version = excluded.version`, p.ID, current.Ref().Version)
		return err
	})
	return switched, err
}

// lookAgain marks every account for what looks at those that changed; stores
// are told of them again where more or less of a member is remembered now.
func lookAgain(tx *database.Tx, tell bool) error {
	if tell {
		if _, err := tx.Exec(`UPDATE account SET version = version + 1`); err != nil {
			return err
		}
		if err := posting.MarkAllForFeed(tx); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`DELETE FROM matured`); err != nil {
		return err
	}
	return markAllForAuthority(tx)
}

// markAllForAuthority lets every account be looked at for what is to be placed.
func markAllForAuthority(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO authority_dirty (account, version)
		SELECT account, version FROM account WHERE true
		ON CONFLICT (account) DO UPDATE SET version = excluded.version`)
	if err != nil {
		return fmt.Errorf("mark accounts for the authority: %w", err)
	}
	return nil
}
