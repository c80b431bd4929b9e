package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A version is published once, and holds from the day it says: members and
// tills were told before. What is wrong with it is found here, so that no till
// ever has to.

// Publish takes in the next version of a program of the chain's, or its first
// one, and tells it to the stores that have it. As long as nothing was posted,
// another program takes the place of the only one. name is the file that errors
// tell. Its errors are *NotPublishable, and what loyalty.Load finds. Publishing
// the same bytes again is no error and changes nothing.
func (h *Headquarters) Publish(ctx context.Context, source []byte, name string) error {
	return h.publish(ctx, source, name, false)
}

// AddProgram takes in the first version of a further program. No store has it
// until one is given it (AssignProgram) or made in its currency. Its errors are
// Publish's.
func (h *Headquarters) AddProgram(ctx context.Context, source []byte, name string) error {
	return h.publish(ctx, source, name, true)
}

func (h *Headquarters) publish(ctx context.Context, source []byte, name string, further bool) error {
	p, err := loyalty.Load(source, name)
	if err != nil {
		return err
	}
	stands := false
	err = h.update(ctx, func(tx *database.Tx) error {
		chain, err := h.readChainPrograms(tx)
		if err != nil {
			return err
		}
		if stands = chain.Runs(p.Ref()); stands {
			return nil
		}
		if err := chain.Judge(p, further, h.now()); err != nil {
			return err
		}
		return h.takeProgram(tx, chain, p, further)
	})
	if err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	if stands {
		return nil
	}
	return h.programsChanged(ctx)
}

// Preview says what Publish, or AddProgram where it is a further one, would make
// of a program, and what it changes for members; the difference is zero where it
// is a program's first version.
func (h *Headquarters) Preview(ctx context.Context, source []byte, name string, further bool) (d loyalty.Difference, err error) {
	p, err := loyalty.Load(source, name)
	if err != nil {
		return d, err
	}
	err = h.view(ctx, func(tx *database.Tx) error {
		chain, err := h.readChainPrograms(tx)
		if err != nil || chain.Runs(p.Ref()) {
			return err
		}
		old := chain.Before(p)
		if err := chain.Judge(p, further, h.now()); err != nil || chain.Fresh || old == nil {
			return err
		}
		d, err = loyalty.Diff(old, p)
		return err
	})
	if err != nil {
		err = fmt.Errorf("publish %s: %w", name, err)
	}
	return d, err
}

func (h *Headquarters) readChainPrograms(tx *database.Tx) (c publication.Chain, err error) {
	c.Programs = h.programs.Load()
	if c.Published, err = publication.Read(tx); err != nil {
		return c, err
	}
	if c.IDs, err = publication.ReadIDs(tx); err != nil {
		return c, err
	}
	stores, err := records.ReadStores(tx, h.keys)
	if err != nil {
		return c, err
	}
	for _, s := range stores {
		c.Stores = append(c.Stores, publication.Seller{Program: s.Program, Currency: s.Currency})
	}
	var used bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM intake) OR EXISTS (SELECT 1 FROM ledger)`).Scan(&used)
	if err != nil {
		return c, fmt.Errorf("read whether anything was posted: %w", err)
	}
	c.Fresh = !used || len(c.Published) == 0
	return c, nil
}
