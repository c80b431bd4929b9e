package hq

import (
	"context"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// noteAttachments keeps whom attachments name, and deletes those of who was erased.
// It comes before anything is decided of their entries: one of which that cannot be done
// is passed over.
func (h *Headquarters) noteAttachments(ctx context.Context, items []*books.Item) error {
	var a erasure.Arriving
	for slices.ContainsFunc(items, erasure.Names) {
		err := h.update(ctx, func(tx *database.Tx) error {
			a = erasure.Arriving{Keys: h.keys, Now: ledger.MillisOf(h.now())}
			err := a.Note(tx, items)
			h.traceAfter(tx, a.Traces)
			return err
		})
		if err == nil {
			break
		}
		if database.EndsAll(err) || a.At == nil {
			return err
		}
		a.At.Passed = err.Error()
		a.Late = nil
	}
	for i, of := range a.Late {
		if of != "" {
			items[i].Erased, items[i].Who = of, nil
		}
	}
	return nil
}

// nameAttachments looks whom those attachments name that were not looked at.
func (h *Headquarters) nameAttachments(ctx context.Context) error {
	for {
		var some []erasure.Naming
		err := h.view(ctx, func(tx *database.Tx) (err error) {
			some, err = erasure.ReadUnnamed(tx, h.keys, chunk)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		err = h.update(ctx, func(tx *database.Tx) error {
			for _, naming := range some {
				if err := naming.Keep(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
