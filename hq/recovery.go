package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Recovery is how far a restored headquarters is.
type Recovery struct {
	RestoredAt ledger.Millis `json:"restored_at_ms,omitempty"` // 0: it never was
	// WaitsUntil is when it stops waiting for who does not come; until then it
	// places no rights. 0: it does not wait.
	WaitsUntil ledger.Millis `json:"waits_until_ms,omitempty"`
	// HandedBack counts rights that wait for their points.
	HandedBack int `json:"handed_back"`
	// Listed counts the members who are known only by what tills list of them.
	Listed int `json:"listed"`
	// MostUnknown is what a terminal may have set aside at most, known here or
	// not: the highest of the programs' caps.
	MostUnknown ledger.Points     `json:"most_per_terminal,omitempty"`
	Awaited     []AwaitedTerminal `json:"awaited"`
	// Parted are members whose account was made another's after the backup, which
	// tills know of and this headquarters does not.
	Parted []Parted      `json:"parted,omitempty"`
	AsOf   ledger.Millis `json:"as_of_ms"`
}

// AwaitedTerminal is a terminal not heard since the restore.
type AwaitedTerminal struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Name     string            `json:"name"`
	SeenAt   ledger.Millis     `json:"seen_at_ms"`
	// Greeted says that it said hello and its entries are on their way.
	Greeted bool `json:"greeted"`
	// Exposure is what it has in rights known here. It may have others, which
	// the backup does not know, up to the program's cap.
	Exposure ledger.Points `json:"exposure"`
}

// Recovery tells who is still to be heard.
func (h *Headquarters) Recovery(ctx context.Context) (Recovery, error) {
	state, err := h.reading.Recovery(ctx)
	a := h.rights()
	state.MostUnknown = a.Given.PerTerminal
	for i, p := range a.Programs.Chain {
		most := a.Policy(p.ID).PerTerminal
		if i == 0 || most > state.MostUnknown {
			state.MostUnknown = most
		}
	}
	return state, err
}

// Recovery tells who is still to be heard.
func (r *reading) Recovery(ctx context.Context) (Recovery, error) {
	state := Recovery{Awaited: []AwaitedTerminal{}, AsOf: ledger.MillisOf(r.now())}
	err := r.view(ctx, func(tx *database.Tx) (err error) {
		err = tx.QueryRow(`
			SELECT restored_at_ms, waits_until_ms,
			       (SELECT count(*) FROM handed_back),
			       (SELECT count(DISTINCT account) FROM listed l
			        WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.account = l.account))
			FROM chain`).
			Scan(&state.RestoredAt, &state.WaitsUntil, &state.HandedBack, &state.Listed)
		if err != nil {
			return err
		}
		if state.Parted, err = r.readParted(tx); err != nil {
			return err
		}
		return state.readAwaited(tx)
	})
	if err != nil {
		return Recovery{}, fmt.Errorf("read recovery: %w", err)
	}
	return state, nil
}

func (s *Recovery) readAwaited(tx *database.Tx) error {
	rows, err := tx.Query(`
		SELECT t.terminal, t.name, t.seen_at_ms, a.handed_back,
		       coalesce((SELECT sum(r.amount - r.spent - r.returned) FROM account_right r
		                 WHERE r.terminal = t.terminal AND r.state = 'open' AND r.unit NOT LIKE 'use.%'), 0)
		FROM awaited a
		JOIN terminal t ON t.terminal = a.terminal
		ORDER BY t.name, t.terminal`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t AwaitedTerminal
		if err := rows.Scan(&t.Terminal, &t.Name, &t.SeenAt, &t.Greeted, &t.Exposure); err != nil {
			return err
		}
		s.Awaited = append(s.Awaited, t)
	}
	return rows.Err()
}
