package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A version is published once, and holds from the day it says: members and
// tills were told before. What is wrong with it is found here, so that no till
// ever has to.

// NotPublishable says why a program, right as it is, cannot follow what the
// chain has. A file that is wrong in itself is what loyalty.Load says.
type NotPublishable struct{ Reason string }

func (e *NotPublishable) Error() string { return e.Reason }

func refused(format string, args ...any) error { return &NotPublishable{fmt.Sprintf(format, args...)} }

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
		if stands = chain.runs(p.Ref()); stands {
			return nil
		}
		if err := chain.judge(p, further, h.now()); err != nil {
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
		if err != nil || chain.runs(p.Ref()) {
			return err
		}
		old := chain.before(p)
		if err := chain.judge(p, further, h.now()); err != nil || chain.fresh || old == nil {
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
