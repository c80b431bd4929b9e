package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale of nobody, or of somebody who has not proved enough, has a ledger of
// its own. A confirm or claim makes it an account's: the first to arrive, for
// ever. Then it leaves its ledger (leaving.go).

// alone is a sale that has a ledger of its own.
type alone struct {
	decision *books.Decision // how it was posted
	*books.Item
}

// asking is who asks for a sale: an entry of hers, at a time.
type asking struct {
	entry   *ledger.Entry
	at      ledger.Millis
	account books.Holder
}

// postClaim rules on a confirm or claim and posts it.
func (h *Headquarters) postClaim(tx *database.Tx, it *books.Item) (err error) {
	it.Events = nil
	if it.Ruling, err = h.claimAlone(tx, it); err != nil {
		return err
	}
	return h.applyAlone(tx, it)
}

// claimAlone rules on a confirm or claim. A row that stands is not ruled on
// again.
func (h *Headquarters) claimAlone(tx *database.Tx, it *books.Item) (r books.Ruling, err error) {
	if r.Holder, err = claims.Entry(tx, it.Entry.ID, it.Hash); err != nil {
		return r, err
	}
	if r.Holder, err = claims.StillAt(tx, it.Entry.ID, r.Holder); err != nil {
		return r, err
	}
	if r.Holder == "" {
		if r.Holder, err = claimsFor(tx, it); err != nil {
			return r, err
		}
		_, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, r.Holder, it.Entry.ID)
		if err != nil {
			return r, fmt.Errorf("claim entry: %w", err)
		}
	}
	stands, err := records.HasEntry(tx, r.Holder, it.Entry.ID)
	if err != nil || stands || it.Held {
		return r, err
	}
	return r, h.rule(tx, asking{it.Entry, it.Effective(), r.Holder}, &r)
}

// claimsFor is whose ledger a confirm or claim belongs to.
func claimsFor(tx *database.Tx, it *books.Item) (books.Holder, error) {
	if it.Held {
		return books.HolderOfHeld(it.Entry.ID), nil
	}
	return records.Survivor(tx, books.Holder(it.Entry.Subject))
}

// rule lets the first who may have a sale have it: then the ruling has no verdict,
// and says what that draws on her limits, under the sale's program. books.ErrParked is a
// sale that is not there yet.
func (h *Headquarters) rule(tx *database.Tx, a asking, r *books.Ruling) error {
	sale := a.entry.Claiming.Entry
	r.Duplicate = ledger.NotClaimable
	winner, err := claimantOf(tx, sale)
	if err != nil {
		return err
	}
	if !winner.IsZero() && winner != a.entry.ID {
		r.Duplicate = ledger.DuplicateClaim
		return nil
	}
	s, err := h.standsAlone(tx, sale)
	if err != nil || s == nil {
		return err
	}
	switch {
	case s.Entry.Attachment.IsZero() != (a.entry.Kind == ledger.Claim):
		return nil
	case a.entry.Kind == ledger.Claim:
		r.Of = s.Program
		r.Duplicate, r.Uses, err = h.mayClaim(tx, a, s)
	default:
		r.Duplicate, err = h.mayConfirm(tx, a, s)
	}
	if err != nil || r.Duplicate != "" {
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
	if err := records.OrNone(err); err != nil {
		return entry, fmt.Errorf("look up who has a sale: %w", err)
	}
	return entry, nil
}

// standsAlone reads a sale from its own ledger. It is nil where it is somebody's
// or earned nothing, and books.ErrParked where it is not there yet.
func (r *reading) standsAlone(tx *database.Tx, sale ledger.EntryID) (*alone, error) {
	of, err := records.ResolvedTo(tx, sale)
	if err != nil {
		return nil, err
	}
	if of == "" {
		return nil, books.ErrParked
	}
	if of != books.HolderOfSale(sale) {
		return nil, nil
	}
	decisions, err := records.ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 AND entry = $2`, of, sale)
	if err != nil {
		return nil, err
	}
	if len(decisions) == 0 {
		return nil, books.ErrParked
	}
	s := &alone{decision: decisions[0]}
	if s.decision.Kind != ledger.Sold || s.decision.Verdict != ledger.Posted || s.decision.Place == nil {
		return nil, nil
	}
	if s.Item, err = records.ItemAt(tx, r.known(), *s.decision.Place); err != nil {
		return nil, err
	}
	if s.Program.Ref().ID == "" || s.Program.Ref().ID != s.decision.Program {
		return nil, &books.PassOver{Reason: "the program of its sale is not known here"}
	}
	return s, nil
}
