package simulate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// CutHeadquarters lets a world without other faults happen, and looks at so
// many images of what headquarters has left where its power is cut, each behind
// another operation. It returns what is wrong with them.
func CutHeadquarters(o Options, count int) (wrong []error) {
	w := newWorld(o, Mix{Tills: mostTills, Members: 3, LostAnswers: 10, Nights: 2})
	defer w.close()
	var record *powercut.Record
	err := w.guard(func() {
		w.build()
		record = w.hq.disk.Record()
		for range w.Steps {
			w.step()
		}
	})
	if err != nil {
		return []error{err}
	}
	ends := []powercut.End{powercut.Lost, powercut.Torn, powercut.Kept, powercut.Torn}
	for i := range count {
		ops, end := w.random.IntN(record.Len()+1), ends[i%len(ends)]
		if err := w.image(record, ops, end); err != nil {
			wrong = append(wrong, fmt.Errorf("behind operation %d of %d, %s: %w", ops, record.Len(), end, err))
		}
	}
	return wrong
}

// image opens what is left behind an operation, and wants everything there that
// was acknowledged by then.
func (w *world) image(record *powercut.Record, ops int, end powercut.End) error {
	dir := w.folder()
	defer os.RemoveAll(dir)
	if err := record.Image(ops, end, dir, rand.New(rand.NewPCG(w.Seed, uint64(ops)))); err != nil {
		return err
	}
	h, err := hq.Open(ctx, hq.Options{Dir: dir, Now: func() time.Time { return w.at }, Program: w.program, Policy: authority.PolicyOf(w.program)})
	if err != nil {
		return err
	}
	defer h.Close()
	return w.guard(func() {
		stored := w.bodies(filepath.Join(dir, hq.DatabaseFile), `SELECT body_hash FROM intake`)
		for hash, at := range w.hq.acked {
			if at <= ops && stored[hash] == 0 {
				w.violate("an entry that was acknowledged is lost")
			}
		}
		w.expect("work", errors.Join(h.ConfirmClock(ctx), h.Work(ctx)))
		found, err := h.Verify(ctx, nil)
		w.expect("verify", err)
		if len(found) > 0 {
			w.violate("it does not add up: %v", found)
		}
	})
}

// took keeps that headquarters said it has a body.
func (h *headquarters) took(hash ledger.Hash) { h.acked[hash] = h.disk.Ops() }
