package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// replicaEvery is how often it is written down what a synchronous standby has. At
// once would cost each batch a row more, and nobody prunes within a month.
const replicaEvery = time.Minute

// replica is what is being waited for: journals as they were when the server's log
// stood at a position.
type replica struct {
	at       time.Time // of the last look
	copy     Copy
	position string // empty: nothing is waited for
}

// replicate writes down what a synchronous standby has, where that is what makes
// things durable. That a commit returned is not enough: a wait for a standby may
// have been cancelled, or standbys taken out of the configuration. So what is
// committed is looked at first, then up to where the server's log is written, and
// it counts once a standby has that on disk.
func (h *Headquarters) replicate(ctx context.Context) (int, error) {
	if !h.replica || h.lead == nil {
		return 0, nil
	}
	r := &h.replicated
	if age := h.now().Sub(r.at); r.position == "" && (age >= replicaEvery || age < 0) {
		if err := h.sample(ctx, r); err != nil {
			return 0, fmt.Errorf("look at what is to be replicated: %w", err)
		}
	}
	if r.position == "" {
		return 0, nil
	}
	var there bool
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		there, err = postgres.Replicated(tx, r.position)
		return err
	})
	if err != nil || !there {
		return 0, err
	}
	if _, err := h.NoteCopy(ctx, r.copy); err != nil {
		return 0, err
	}
	r.position = ""
	return 0, nil // nobody has more to do for it
}

// sample takes journals that grew, and then the position of the log.
func (h *Headquarters) sample(ctx context.Context, r *replica) error {
	return h.view(ctx, func(tx *database.Tx) (err error) {
		r.at = h.now()
		r.copy = Copy{Incarnation: h.chain.incarnation, At: ledger.MillisOf(r.at)}
		r.copy.Journals, err = readJournals(tx, `SELECT e.terminal, e.epoch, e.branch, e.seq, e.head`+wholeJournals+`
			AND (d.terminal IS NULL OR d.epoch <> e.epoch OR d.branch <> e.branch OR d.seq <> e.seq)`)
		if err != nil {
			return err
		}
		r.position, err = postgres.Position(tx)
		return err
	})
}
