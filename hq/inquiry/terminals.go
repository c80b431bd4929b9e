package inquiry

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// TerminalState is what headquarters knows of a terminal.
type TerminalState struct {
	Terminal ledger.TerminalID `json:"terminal"`
	Store    ledger.StoreID    `json:"store"`
	Name     string            `json:"name"`
	Hub      bool              `json:"hub,omitempty"` // of its store, and no till
	Epoch    ledger.Epoch      `json:"epoch"`
	Seq      ledger.Seq        `json:"seq"`      // of the highest epoch that came in
	Exposure ledger.Points     `json:"exposure"` // in open rights
	OpenUses ledger.Points     `json:"open_uses"`
	SeenAt   ledger.Millis     `json:"seen_at_ms"`
	Fenced   string            `json:"fenced,omitempty"` // why
	FencedAt ledger.Millis     `json:"fenced_at_ms,omitempty"`
	// Rights counts the open ones that have something left.
	Rights int `json:"rights"`
	// Unposted are entries of it that came in and are not looked at yet, Quarantined
	// those that could not be read or posted, Held those that came after it was
	// fenced. What it has not sent only it knows.
	Unposted    int `json:"unposted"`
	Quarantined int `json:"quarantined"`
	Held        int `json:"held"`
	// Awaited says that a restored headquarters waits for it.
	Awaited bool `json:"awaited,omitempty"`
	// MachineChanges counts how often it said hello from another machine.
	MachineChanges int `json:"machine_changes,omitempty"`
}

// Terminals returns all terminals, by store and name.
func (d *Desk) Terminals(ctx context.Context) ([]TerminalState, error) {
	var all []TerminalState
	err := d.view(ctx, func(tx *database.Tx) (err error) {
		if all, err = readTerminalStates(tx); err != nil {
			return err
		}
		held, err := records.HeldBy(tx)
		for i := range all {
			all[i].Held = held[all[i].Terminal]
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read terminals: %w", err)
	}
	return all, nil
}

func readTerminalStates(tx *database.Tx) ([]TerminalState, error) {
	rows, err := tx.Query(`
		SELECT t.terminal, t.store, t.name, t.hub, t.seen_at_ms, coalesce(t.fence_reason, ''), coalesce(t.fenced_at_ms, 0), t.machine_changes,
		       coalesce((SELECT max(e.epoch) FROM epoch e WHERE e.terminal = t.terminal), 0),
		       coalesce((SELECT e.seq FROM epoch e WHERE e.terminal = t.terminal
		                 ORDER BY e.epoch DESC, e.branch LIMIT 1), 0),
		       coalesce((SELECT sum(r.amount - r.spent - r.returned) FROM account_right r
		                 WHERE r.terminal = t.terminal AND r.state = 'open' AND r.unit NOT LIKE 'use.%'), 0),
		       coalesce((SELECT sum(r.amount - r.spent - r.returned) FROM account_right r
		                 WHERE r.terminal = t.terminal AND r.state = 'open' AND r.unit LIKE 'use.%'), 0),
		       (SELECT count(*) FROM account_right r WHERE r.terminal = t.terminal AND r.state = 'open' AND r.spent + r.returned < r.amount),
		       coalesce((SELECT sum(e.seq) FROM epoch e WHERE e.terminal = t.terminal), 0)
		         - coalesce((SELECT sum(p.seq) FROM projected p WHERE p.terminal = t.terminal), 0),
		       (SELECT count(*) FROM quarantine q WHERE q.terminal = t.terminal),
		       EXISTS (SELECT 1 FROM awaited a WHERE a.terminal = t.terminal)
		FROM terminal t
		ORDER BY t.store, t.name, t.terminal`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []TerminalState
	for rows.Next() {
		var t TerminalState
		err := rows.Scan(&t.Terminal, &t.Store, &t.Name, &t.Hub, &t.SeenAt, &t.Fenced, &t.FencedAt, &t.MachineChanges,
			&t.Epoch, &t.Seq, &t.Exposure, &t.OpenUses, &t.Rights, &t.Unposted, &t.Quarantined, &t.Awaited)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}
