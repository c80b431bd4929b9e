package hq

import (
	"context"
	"errors"
	"sync"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// admission is what comes of a batch.
type admission struct {
	*arrival
	from    ledger.TerminalID
	answer  []byte
	issued  uint64 // the number of the answer's token; 0 where it was judged by itself
	fork    *forkError
	refused *wire.Refusal
	events  []event.Event

	done  bool
	alone bool // it is to be judged by itself
	err   error
}

// reset forgets what a run of the transaction that came to nothing said.
func (ad *admission) reset() {
	ad.answer, ad.issued, ad.fork, ad.refused, ad.events, ad.alone, ad.err = nil, 0, nil, nil, nil, false, nil
}

// errNotJudged is for whoever waited for others that came to no end: a panic.
var errNotJudged = errors.New("the batch was not judged: send it again")

// lockWait bounds how long batches wait for rows that another process has locked, on
// PostgreSQL: as long as one waits for room. Commits take milliseconds, so whoever has a
// row for longer hangs, and the server ends it after a minute at the earliest.
const lockWait = roomWait

// door lets batches in. Those that come while a commit is under way share the next one:
// a thousand terminals need no more commits than the disk makes in a second, nor more
// connections to a server than one, and the busier it is the less it has to do for each.
// One that comes alone has its own at once.
type door struct {
	mu      sync.Mutex
	waiting []*admission // at most as many as requests are admitted
	opening sync.Mutex   // held by whoever writes
	// locked are terminals, by ledger.TerminalID, whose rows another process kept locked
	// when their last batch came. Until one is judged they have nobody wait with them,
	// and nobody is told again: they come every few seconds.
	locked sync.Map
}

// pass returns once a batch is kept, or was judged. What is not plain of several has
// each its own transaction on PostgreSQL, which has many writers, and where its keys live
// apart all have.
func (d *door) pass(ctx context.Context, h *Headquarters, ad *admission) error {
	_, locked := d.locked.Load(ad.from)
	if ad.alone = locked || h.postgres && h.db.Apart(); !ad.alone {
		d.share(ctx, h, ad)
	}
	if !ad.alone {
		return ad.err
	}
	err := h.letIn(ctx, func(tx *database.Tx) error { return h.judge(tx, ad) })
	if errors.Is(err, postgres.ErrLocked) {
		if _, told := d.locked.LoadOrStore(ad.from, true); !told {
			h.notify(event.Event{What: event.Locked, Terminal: ad.from, Reason: err.Error()})
		}
		return busy()
	}
	if err == nil {
		d.locked.Delete(ad.from)
	}
	return err
}

// letIn is commit for batches: it waits for no lock longer than lockWait.
func (h *Headquarters) letIn(ctx context.Context, fn func(*database.Tx) error) error {
	return h.commit(postgres.WaitAtMost(ctx, lockWait), fn)
}

func (d *door) share(ctx context.Context, h *Headquarters, ad *admission) {
	d.mu.Lock()
	d.waiting = append(d.waiting, ad)
	d.mu.Unlock()

	d.opening.Lock()
	defer d.opening.Unlock()
	if ad.done { // with another's
		return
	}
	d.mu.Lock()
	all := d.waiting
	d.waiting = nil
	d.mu.Unlock()
	// Others wait for it, whether or not this one's sender does.
	h.judgeAll(context.WithoutCancel(ctx), all)
	if !ad.done {
		ad.err = errNotJudged
	}
}

// judgeAll judges batches in one transaction. Where that fails, as by a row that another
// process has locked, each is judged by itself, but for what fails any.
func (h *Headquarters) judgeAll(ctx context.Context, all []*admission) {
	err := h.letIn(ctx, func(tx *database.Tx) error {
		others, err := h.admitTogether(tx, all)
		if err != nil {
			return err
		}
		return h.judgeEach(tx, others)
	})
	switch {
	case err != nil && h.postgres:
		for _, ad := range all {
			ad.alone = true
		}
		err = nil
	case err != nil && !database.EndsAll(err):
		err = h.letIn(ctx, func(tx *database.Tx) error { return h.judgeEach(tx, all) })
	}
	for _, ad := range all {
		ad.done = true
		if err != nil {
			ad.err, ad.alone = err, false
		}
	}
}

// judgeEach judges batches one by one: on SQLite, which has one writer, each in a
// savepoint of its own.
func (h *Headquarters) judgeEach(tx *database.Tx, some []*admission) (err error) {
	for _, ad := range some {
		if h.postgres {
			ad.alone = true
			continue
		}
		if ad.err, err = tx.Attempt(func() error { return h.judge(tx, ad) }); err != nil {
			return err
		}
	}
	return nil
}

// judge admits a batch or says why not. What a refusal is to remember is kept.
func (h *Headquarters) judge(tx *database.Tx, ad *admission) error {
	ad.reset()
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
