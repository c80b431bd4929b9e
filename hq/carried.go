package hq

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// carriedRight is an open right on its way to the account that its own became: the
// same right, at the same terminal. What it holds are moves.
type carriedRight struct {
	ledger.Right
	Spent    ledger.Points  `json:"spent,omitempty"`
	Returned ledger.Points  `json:"returned,omitempty"`
	Grant    ledger.EntryID `json:"grant"`
}

// releaseRights takes an account's open rights under a program out of it, what they
// hold by moves. In its ledger nothing of them is left; there they end as returned.
func (b *books) releaseRights(d *decision, left ledger.EntryID) error {
	open, err := b.from.open(b.holder)
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.Program != d.Program {
			continue
		}
		held, err := b.right(r.ID) // with its lots
		if err != nil {
			return err
		}
		d.Rights = append(d.Rights, carriedRight{held.Right, held.spent, held.returned, held.entry})
		if rest := held.rest(); rest > 0 {
			out := ledger.Posting{Unit: held.Unit, Amount: rest, From: ledger.Escrow(held.ID), To: ledger.Transit(left), Right: held.ID}
			if err := d.add(b, loyalty.Move{Posting: out, Lots: held.first(rest)}, b.n+1); err != nil {
				return err
			}
		}
	}
	return b.endCarried(d, b.n+1)
}

// endCarried ends rights where they went from.
func (b *books) endCarried(d *decision, n uint64) error {
	for _, r := range d.Rights {
		if err := b.close(closing{r.ID, rightReturned}, n); err != nil {
			return err
		}
	}
	return nil
}

// keepCarried opens rights where they went to, before the moves that fill them.
func (b *books) keepCarried(d *decision, n uint64) {
	for _, r := range d.Rights {
		b.rights[r.ID] = &heldRight{
			Right: r.Right, spent: r.Spent, returned: r.Returned, state: rightOpen, entry: r.Grant, n: n, changed: true,
		}
	}
}

// keepLane makes the lane of an account that became this one its own, where it has
// none under the program.
func (b *books) keepLane(d *decision) error {
	if d.Lane.IsZero() {
		return nil
	}
	if at, err := b.laneOf(d.Program); err != nil || !at.IsZero() {
		return err
	}
	if b.lane.terminal.IsZero() {
		b.lane = lane{d.Lane, d.Program}
	} else {
		b.lanes[d.Program] = d.Lane
	}
	return nil
}

// keepRights keeps with an account what it needs of rights that came to it beside
// its ledger: their grants, as they were signed, which are asked back, their room.
func keepRights(tx *database.Tx, o handover, d *decision) error {
	for _, r := range d.Rights {
		if err := keepGrant(tx, o, r); err != nil {
			return err
		}
		recalled, err := isRecalled(tx, o.from, r.ID)
		if err == nil && recalled {
			err = recall(tx, o.to, []*heldRight{{Right: r.Right}})
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE room SET account = $1 WHERE terminal = $2 AND right_id = $3`, o.to, r.Terminal, r.ID)
		if err != nil {
			return fmt.Errorf("keep room of right that came over: %w", err)
		}
	}
	return recallUses(tx, o.to, d.Program)
}

// keepGrant keeps a right's grant, as it was signed; a part has none of ours.
func keepGrant(tx *database.Tx, o handover, r carriedRight) error {
	if !r.Parent.IsZero() {
		return nil
	}
	grant, err := signedGrant(tx, o.from, r.Grant)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, entry) DO NOTHING`, o.to, r.Grant, grant.Body, grant.Signature)
	if err != nil {
		return fmt.Errorf("keep grant that came over: %w", err)
	}
	return nil
}

// recallUses asks for an account's rights to uses of a program's limits: what both
// accounts had placed is more than the limit leaves the one. What it leaves is
// placed anew.
func recallUses(tx *database.Tx, of holder, program string) error {
	open, err := readOpenRights(tx, of)
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(r *heldRight) bool {
		_, use := r.Unit.Use()
		return !use || r.Program != program
	})
	if len(open) == 0 {
		return nil
	}
	return recall(tx, of, open)
}
