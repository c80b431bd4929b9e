package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
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
		Fingerprint: ledger.Fingerprint(r.PublicKey()), AsOf: ledger.MillisOf(r.now()),
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
			{records.CountUnprojected, &s.Unprojected},
			{`SELECT count(*) FROM quarantine`, &s.Quarantined},
			{records.CountParked, &s.Parked},
			{`SELECT count(*) FROM referral WHERE code <> ''`, &s.Referrals},
			{`SELECT waits_until_ms FROM chain`, &s.WaitsUntil},
			{`SELECT count(*) FROM awaited`, &s.Awaited},
			{`SELECT count(*) FROM flagged`, &s.Flagged},
			{records.CountHeld, &s.Held},
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
