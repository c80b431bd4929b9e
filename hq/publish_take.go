package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// begin publishes a chain's first program where there is none yet.
func (h *Headquarters) begin(ctx context.Context, first *loyalty.Program) error {
	if first == nil {
		return nil
	}
	return h.update(ctx, func(tx *database.Tx) error {
		published, err := publication.Read(tx)
		if err != nil || len(published) > 0 {
			return err
		}
		return h.takeProgram(tx, publication.Chain{}, first, false)
	})
}

// takeProgram keeps a version that was judged. One of the chain's first program
// is given to the stores, or takes the place of the one that they had.
func (h *Headquarters) takeProgram(tx *database.Tx, c publication.Chain, p *loyalty.Program, further bool) error {
	id := p.Ref().ID
	if !c.Has(p.Ref()) {
		if err := h.insertProgram(tx, p); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`
		INSERT INTO chain_program (n, program)
		VALUES ((SELECT coalesce(max(n), 0) + 1 FROM chain_program), $1)
		ON CONFLICT (program) DO NOTHING`, id)
	if err != nil {
		return fmt.Errorf("keep program: %w", err)
	}
	was, begins := c.Begins(id, further)
	if !begins {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM chain_program WHERE program = $1`, was); err != nil {
		return fmt.Errorf("replace program: %w", err)
	}
	_, err = tx.Exec(`UPDATE store SET program = $1 WHERE program = $2 AND currency_code = $3`, id, was, p.Currency())
	if err == nil {
		_, err = tx.Exec(`DELETE FROM feed WHERE kind IN ('program', 'stop')`) // all is told anew, in this order
	}
	if err != nil {
		return fmt.Errorf("give program to the stores: %w", err)
	}
	return nil
}

func (h *Headquarters) insertProgram(tx *database.Tx, p *loyalty.Program) error {
	ref := p.Ref()
	_, err := tx.Exec(`
		INSERT INTO program_version (n, program, version, source, hash, signature, announced, effective, published_at_ms)
		VALUES ((SELECT coalesce(max(n), 0) + 1 FROM program_version), $1, $2, $3, $4, $5, $6, $7, $8)`,
		ref.ID, ref.Version, p.Source(), ref.Hash, ledger.Sign(h.keys.Private(), ledger.ProgramDomain, p.Source()),
		p.Announced(), p.Effective(), ledger.MillisOf(h.now()))
	if err != nil {
		return fmt.Errorf("keep program: %w", err)
	}
	return nil
}

// programsChanged takes over what was published, stopped or given to a store, and
// lets it be told to the stores.
func (h *Headquarters) programsChanged(ctx context.Context) error {
	if err := h.readPrograms(ctx); err != nil {
		return err
	}
	h.untold.Store(true)
	h.intake.raise() // there is work
	return nil
}
