package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// switchOver has every account looked at again once another version is in force
// in all stores: something may fall due at another time, or be placed otherwise.
// It returns whether that is so.
func (h *Headquarters) switchOver(ctx context.Context) (int, error) {
	p := h.inForceEverywhere()
	if p == nil || h.entered == p.Ref() {
		return 0, nil
	}
	switched := false
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		was := ledger.ProgramRef{}
		err := tx.QueryRow(`SELECT program, version FROM program_in_force`).Scan(&was.ID, &was.Version)
		first := errors.Is(err, sql.ErrNoRows)
		if err != nil && !first {
			return err
		}
		if switched = !first && (was.ID != p.Ref().ID || was.Version != p.Ref().Version); switched {
			before := h.programs.Load().version(was.Version)
			if err := lookAgain(tx, before == nil || before.Remembers() != p.Remembers()); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`
			INSERT INTO program_in_force (one, program, version)
			VALUES (1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET program = excluded.program, version = excluded.version`,
			p.Ref().ID, p.Ref().Version)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("switch to version %d: %w", p.Ref().Version, err)
	}
	h.entered = p.Ref()
	if !switched {
		return 0, nil
	}
	h.notify(Event{What: EventInForce, Reason: fmt.Sprintf("%s, version %d", p.Ref().ID, p.Ref().Version)})
	return 1, nil
}

// inForceEverywhere is the version in force in the store whose day begins last.
func (h *Headquarters) inForceEverywhere() *loyalty.Program {
	all, now := h.programs.Load(), h.time()
	day := ledger.DateAt(now, all.zones[0])
	for _, zone := range all.zones[1:] {
		day = min(day, ledger.DateAt(now, zone))
	}
	return all.on(day)
}

// lookAgain marks every account for what looks at those that changed; stores
// are told of them again where more or less of a member is remembered now.
func lookAgain(tx *sqlitedb.Tx, tell bool) error {
	if tell {
		if _, err := tx.Exec(`UPDATE account SET version = version + 1`); err != nil {
			return err
		}
		if err := markAllForFeed(tx); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`DELETE FROM matured`); err != nil {
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO authority_dirty (account, version)
		SELECT account, version FROM account WHERE true
		ON CONFLICT (account) DO UPDATE SET version = excluded.version`)
	return err
}
