package terminal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// embedded is the headquarters that a till carries inside itself. The till
// does not need it to sell: where it does not open, the till works offline, as
// with one that is far away, until it does.
type embedded struct {
	config  configs.Config
	log     zerolog.Logger
	program *loyalty.Program // of the configuration; nil where it cannot be read
	store   ledger.StoreID
	pinned  []byte // the key it must have; nil while it is being founded

	programProblem error // why program is nil

	opened atomic.Pointer[headquarters.Local] // nil while it does not open
}

// errOwnClosed is what the till's exchange hears while its headquarters does
// not open.
var errOwnClosed = errors.New("this till's own headquarters does not open")

// open opens the database. Once a till was enrolled at it, it is neither made
// again nor taken from elsewhere.
func (e *embedded) open(ctx context.Context) error {
	if datadir.Look(e.config.DataDir).Retired {
		return datadir.ErrRetired
	}
	if e.pinned != nil && !datadir.Look(e.config.DataDir).HQData {
		return fmt.Errorf("hq.db is missing: %s", restoreHint)
	}
	h, err := headquarters.OpenOwn(ctx, e.config, e.log, e.store, e.program, e.programProblem)
	if err != nil {
		return err
	}
	if e.pinned != nil && !h.HasKey(e.pinned) {
		return errors.Join(fmt.Errorf("hq.key is of another headquarters: %s", restoreHint), h.Headquarters.Close())
	}
	e.opened.Store(h)
	return nil
}

const restoreHint = "stop the till and restore the folder's backup, all files of it"

// Do implements hqsync.Transport.
func (e *embedded) Do(ctx context.Context, request hqsync.Request) (hqsync.Answer, error) {
	h := e.opened.Load()
	if h == nil {
		return hqsync.Answer{}, errOwnClosed
	}
	return h.Do(ctx, request)
}

// work counts what came in.
func (e *embedded) work(ctx context.Context) error {
	h := e.opened.Load()
	if h == nil {
		return errOwnClosed
	}
	return h.Work(ctx)
}

// Run works, and listens where it is told to, until the context ends; then it
// settles what the till sent last, so that the folder at rest says one thing.
func (e *embedded) Run(ctx context.Context) {
	h := e.awaitOpen(ctx)
	if h == nil {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { h.Run(ctx, h.Failed) })
	if e.config.HQ.Listen != "" {
		wg.Go(func() { h.AnswerTills(ctx) })
	}
	wg.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := h.Work(last); err != nil {
		h.Failed(err) // the next start goes on
	}
}

// awaitOpen gives the headquarters once it opens; nil where the context ended
// before.
func (e *embedded) awaitOpen(ctx context.Context) *headquarters.Local {
	for e.opened.Load() == nil {
		if !service.Rest(ctx, headquarters.Retry) {
			return nil
		}
		if err := e.open(ctx); err == nil {
			e.log.Info().Msg("this till's own headquarters opens again")
		}
	}
	return e.opened.Load()
}

// Close closes the database. It may be called twice.
func (e *embedded) Close() error {
	if h := e.opened.Load(); h != nil {
		return h.Headquarters.Close()
	}
	return nil
}

// noteCopy tells it of a backup that was made.
func (e *embedded) noteCopy(ctx context.Context, copied hq.Copy) (int, error) {
	h, err := e.running()
	if err != nil {
		return 0, err
	}
	return h.NoteCopy(ctx, copied)
}

// running is for the desk.
func (e *embedded) running() (*headquarters.Local, error) {
	if h := e.opened.Load(); h != nil {
		return h, nil
	}
	return nil, exit.Fail(exit.Unavailable, "the till's log says why; it goes on selling", errOwnClosed)
}

// serveOwn runs the till's own headquarters, if it has one, until the returned
// function is called: that is after the till's last word to it.
func (t *Terminal) serveOwn(ctx context.Context) (stop func()) {
	if t.own == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.own.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
