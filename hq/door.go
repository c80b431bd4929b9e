package hq

import (
	"context"
	"errors"
	"sync"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// admission is what comes of a batch.
type admission struct {
	*arrival
	from    ledger.TerminalID
	answer  []byte
	fork    *forkError
	refused *wire.Refusal
	events  []event.Event

	done bool
	err  error
}

// door lets batches in. On SQLite, which has one writer, those that come while a
// commit is under way share the next one, each in a savepoint of its own: a
// thousand terminals need no more commits than the disk makes in a second. One
// that comes alone has its own at once. PostgreSQL does so by itself.
type door struct {
	mu      sync.Mutex
	waiting []*admission // at most as many as requests are admitted
	opening sync.Mutex   // held by whoever writes
}

// pass returns once a batch is kept, or was judged.
func (d *door) pass(ctx context.Context, h *Headquarters, ad *admission) error {
	if h.postgres {
		return h.update(ctx, func(tx *database.Tx) error { return h.judge(tx, ad) })
	}
	d.mu.Lock()
	d.waiting = append(d.waiting, ad)
	d.mu.Unlock()

	d.opening.Lock()
	defer d.opening.Unlock()
	if ad.done { // with another's
		return ad.err
	}
	d.mu.Lock()
	all := d.waiting
	d.waiting = nil
	d.mu.Unlock()
	// Others wait for it, whether or not this one's sender does.
	err := h.update(context.WithoutCancel(ctx), func(tx *database.Tx) error { return h.judgeAll(tx, all) })
	for _, one := range all {
		one.done = true
		if err != nil {
			one.err = err
		}
	}
	return ad.err
}

func (h *Headquarters) judgeAll(tx *database.Tx, all []*admission) (err error) {
	for _, ad := range all {
		if ad.err, err = attempt(tx, func() error { return h.judge(tx, ad) }); err != nil {
			return err
		}
	}
	return nil
}

// judge admits a batch or says why not. What a refusal is to remember is kept.
func (h *Headquarters) judge(tx *database.Tx, ad *admission) error {
	ad.answer, ad.fork, ad.refused, ad.events = nil, nil, nil, nil
	t, err := records.ReadTerminal(tx, ad.from)
	if err != nil {
		return err
	}
	ad.answer, err = h.admit(tx, &t, ad.arrival, &ad.events)
	if errors.As(err, &ad.fork) {
		ad.events = append(ad.events, event.Event{What: event.Fork, Terminal: ad.from, Reason: ad.fork.why})
		return records.Fence(tx, &t, ad.fork.why, ad.at)
	}
	if errors.As(err, &ad.refused) {
		return nil
	}
	return err
}
