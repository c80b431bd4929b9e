package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A sale of nobody, or of somebody who has not proved enough, has a ledger of
// its own. A confirm or claim makes it an account's: the first to arrive, for
// ever. Then it leaves its ledger (leaving.go).

// alone is a sale that has a ledger of its own.
type alone struct {
	decision *decision // how it was posted
	*item
}

// holderOfSale is the ledger of a sale that stands by itself.
func holderOfSale(sale ledger.EntryID) holder { return holder(ledger.SaleSubject(sale)) }

// asking is who asks for a sale: an entry of hers, at a time.
type asking struct {
	entry   *ledger.Entry
	at      ledger.Millis
	account holder
}

// postClaim rules on a confirm or claim and posts it.
func (h *Headquarters) postClaim(tx *database.Tx, it *item) (err error) {
	it.events = nil
	if it.ruling, err = h.claimAlone(tx, it); err != nil {
		return err
	}
	return h.applyAlone(tx, it)
}

// claimAlone rules on a confirm or claim. A row that stands is not ruled on
// again.
func (h *Headquarters) claimAlone(tx *database.Tx, it *item) (r ruling, err error) {
	if r.holder, err = claimEntry(tx, it.entry.ID, it.hash); err != nil {
		return r, err
	}
	if r.holder, err = stillAt(tx, it.entry.ID, r.holder); err != nil {
		return r, err
	}
	if r.holder == "" {
		if r.holder, err = claimsFor(tx, it); err != nil {
			return r, err
		}
		_, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, r.holder, it.entry.ID)
		if err != nil {
			return r, fmt.Errorf("claim entry: %w", err)
		}
	}
	stands, err := hasEntry(tx, r.holder, it.entry.ID)
	if err != nil || stands || it.held {
		return r, err
	}
	return r, h.rule(tx, asking{it.entry, it.effective(), r.holder}, &r)
}

// claimsFor is whose ledger a confirm or claim belongs to.
func claimsFor(tx *database.Tx, it *item) (holder, error) {
	if it.held {
		return holderOfHeld(it.entry.ID), nil
	}
	return survivor(tx, holder(it.entry.Subject))
}

// rule lets the first who may have a sale have it: then the ruling has no verdict,
// and says what that draws on her limits, under the sale's program. errParked is a
// sale that is not there yet.
func (h *Headquarters) rule(tx *database.Tx, a asking, r *ruling) error {
	sale := a.entry.Claiming.Entry
	r.duplicate = ledger.NotClaimable
	winner, err := claimantOf(tx, sale)
	if err != nil {
		return err
	}
	if !winner.IsZero() && winner != a.entry.ID {
		r.duplicate = ledger.DuplicateClaim
		return nil
	}
	s, err := h.standsAlone(tx, sale)
	if err != nil || s == nil {
		return err
	}
	switch {
	case s.entry.Attachment.IsZero() != (a.entry.Kind == ledger.Claim):
		return nil
	case a.entry.Kind == ledger.Claim:
		r.of = s.program
		r.duplicate, r.uses, err = h.mayClaim(tx, a, s)
	default:
		r.duplicate, err = h.mayConfirm(tx, a, s)
	}
	if err != nil || r.duplicate != "" {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO claim_alone (sale, entry, account)
		VALUES ($1, $2, $3)
		ON CONFLICT (sale) DO NOTHING`, sale, a.entry.ID, a.account)
	if err != nil {
		return fmt.Errorf("claim a sale: %w", err)
	}
	return nil
}

// claimantOf returns the confirm or claim that has a sale; zero where none has.
func claimantOf(tx *database.Tx, sale ledger.EntryID) (entry ledger.EntryID, err error) {
	err = tx.QueryRow(`SELECT entry FROM claim_alone WHERE sale = $1`, sale).Scan(&entry)
	if err := orNone(err); err != nil {
		return entry, fmt.Errorf("look up who has a sale: %w", err)
	}
	return entry, nil
}

// standsAlone reads a sale from its own ledger. It is nil where it is somebody's
// or earned nothing, and errParked where it is not there yet.
func (r *reading) standsAlone(tx *database.Tx, sale ledger.EntryID) (*alone, error) {
	of, err := resolvedTo(tx, sale)
	if err != nil {
		return nil, err
	}
	if of == "" {
		return nil, errParked
	}
	if of != holderOfSale(sale) {
		return nil, nil
	}
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil {
		return nil, err
	}
	if len(decisions) == 0 {
		return nil, errParked
	}
	s := &alone{decision: decisions[0]}
	if s.decision.Kind != ledger.Sold || s.decision.Verdict != ledger.Posted || s.decision.Place == nil {
		return nil, nil
	}
	if s.item, err = r.itemAt(tx, *s.decision.Place); err != nil {
		return nil, err
	}
	if s.program.Ref().ID == "" || s.program.Ref().ID != s.decision.Program {
		return nil, &passOver{"the program of its sale is not known here"}
	}
	return s, nil
}

// itemAt reads what stands at a place, as the projector does.
func (r *reading) itemAt(tx *database.Tx, at ledger.Place) (*item, error) {
	items, err := r.read(tx, stretch{terminal: at.Terminal, epoch: at.Epoch, branch: at.Branch, done: at.Seq - 1}, 1)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 || items[0].entry == nil || items[0].place != at {
		return nil, fmt.Errorf("read %s again: it cannot be read", at)
	}
	return items[0], nil
}

// draws is what a claim draws on its member's limits, under its sale's program.
func (it *item) draws(a *account) (loyalty.Effect, error) {
	return a.Draw(it.program, it.entry.ID, it.entry.Kind, it.moment(), it.uses)
}
