package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Status is how headquarters is.
type Status struct {
	Chain       ledger.ChainID     `json:"chain"`
	Incarnation ledger.Incarnation `json:"incarnation"`
	Fingerprint string             `json:"fingerprint"` // of the key that terminals pin
	Stores      int                `json:"stores"`
	Terminals   int                `json:"terminals"`
	Accounts    int                `json:"accounts"`
	Entries     int                `json:"entries"`
	Unprojected int                `json:"unprojected"`
	Quarantined int                `json:"quarantined"`
	Parked      int                `json:"parked"`            // returns, confirms and claims that wait for their sale
	Referrals   int                `json:"referrals_waiting"` // until somebody is enrolled who has their code
	Held        int                `json:"held"`
	Flagged     int                `json:"flagged"` // entries that met a rule of conduct
	// ClockUnsound says that nothing is reclaimed until ConfirmClock.
	ClockUnsound bool `json:"clock_unsound,omitempty"`
	// WaitsUntil is until when a restored headquarters places no rights, and
	// Awaited how many terminals it waits for (Recovery).
	WaitsUntil ledger.Millis `json:"waits_until_ms,omitempty"`
	Awaited    int           `json:"awaited,omitempty"`
	// Exposure is what open rights let terminals spend without asking, and OpenUses
	// what they let them draw on limits.
	Exposure ledger.Points `json:"exposure"`
	OpenUses ledger.Points `json:"open_uses"`
	AsOf     ledger.Millis `json:"as_of_ms"`
}

// Status counts.
func (r *reading) Status(ctx context.Context) (Status, error) {
	s := Status{
		Chain: r.chain.id, Incarnation: r.chain.incarnation,
		Fingerprint: ledger.Fingerprint(r.keys.signer.Public()), AsOf: ledger.MillisOf(r.now()),
	}
	err := r.view(ctx, func(tx *database.Tx) error {
		for _, c := range []struct {
			query string
			to    any
		}{
			{`SELECT count(*) FROM store`, &s.Stores},
			{`SELECT count(*) FROM terminal`, &s.Terminals},
			{`SELECT count(*) FROM person`, &s.Accounts},
			{`SELECT coalesce(sum(seq), 0) FROM epoch`, &s.Entries},
			{`SELECT coalesce((SELECT sum(seq) FROM epoch), 0) - coalesce((SELECT sum(seq) FROM projected), 0)`, &s.Unprojected},
			{`SELECT count(*) FROM quarantine`, &s.Quarantined},
			{`SELECT (SELECT count(*) FROM parked) + (SELECT count(*) FROM parked_claim)`, &s.Parked},
			{`SELECT count(*) FROM referral WHERE code <> ''`, &s.Referrals},
			{`SELECT waits_until_ms FROM chain`, &s.WaitsUntil},
			{`SELECT count(*) FROM awaited`, &s.Awaited},
			{`SELECT count(*) FROM flagged`, &s.Flagged},
			{`SELECT count(*) FROM ledger WHERE verdict <> 'posted' AND verdict = 'held'`, &s.Held},
			{`SELECT coalesce(sum(amount - spent - returned), 0) FROM account_right WHERE state = 'open' AND unit NOT LIKE 'use.%'`, &s.Exposure},
			{`SELECT coalesce(sum(amount - spent - returned), 0) FROM account_right WHERE state = 'open' AND unit LIKE 'use.%'`, &s.OpenUses},
		} {
			if err := tx.QueryRow(c.query).Scan(c.to); err != nil {
				return err
			}
		}
		mark, err := readClock(tx)
		s.ClockUnsound = !r.soundClock(mark, s.AsOf)
		return err
	})
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	return s, nil
}

// TerminalState is what headquarters knows of a terminal.
type TerminalState struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Store    ledger.StoreID    `json:"store"`
	Name     string            `json:"name"`
	Epoch    ledger.Epoch      `json:"epoch"`
	Seq      ledger.Seq        `json:"seq"`      // of the highest epoch that came in
	Exposure ledger.Points     `json:"exposure"` // in open rights
	OpenUses ledger.Points     `json:"open_uses"`
	SeenAt   ledger.Millis     `json:"seen_at_ms"`
	Fenced   string            `json:"fenced,omitempty"` // why
	// MachineChanges counts how often it said hello from another machine.
	MachineChanges int `json:"machine_changes,omitempty"`
}

// Terminals returns all terminals, by store and name.
func (r *reading) Terminals(ctx context.Context) ([]TerminalState, error) {
	var all []TerminalState
	err := r.view(ctx, func(tx *database.Tx) (err error) {
		all, err = readTerminalStates(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	return all, nil
}

func readTerminalStates(tx *database.Tx) ([]TerminalState, error) {
	rows, err := tx.Query(`
		SELECT t.terminal, t.store, t.name, t.seen_at_ms, coalesce(t.fence_reason, ''), t.machine_changes,
		       coalesce((SELECT max(e.epoch) FROM epoch e WHERE e.terminal = t.terminal), 0),
		       coalesce((SELECT e.seq FROM epoch e WHERE e.terminal = t.terminal
		                 ORDER BY e.epoch DESC, e.branch LIMIT 1), 0),
		       coalesce((SELECT sum(r.amount - r.spent - r.returned) FROM account_right r
		                 WHERE r.terminal = t.terminal AND r.state = 'open' AND r.unit NOT LIKE 'use.%'), 0),
		       coalesce((SELECT sum(r.amount - r.spent - r.returned) FROM account_right r
		                 WHERE r.terminal = t.terminal AND r.state = 'open' AND r.unit LIKE 'use.%'), 0)
		FROM terminal t
		ORDER BY t.store, t.name, t.terminal`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []TerminalState
	for rows.Next() {
		var t TerminalState
		err := rows.Scan(&t.Terminal, &t.Store, &t.Name, &t.SeenAt, &t.Fenced, &t.MachineChanges,
			&t.Epoch, &t.Seq, &t.Exposure, &t.OpenUses)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
