package hq

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/postgres"
)

const (
	// maxRounds bounds one Work.
	maxRounds = 1000
	// tick is how often Serve works when nothing came: rights fall due by time
	// alone.
	tick = 30 * time.Second
	// longestRest bounds how long Run rests after a round of work: as long as that
	// took, so that batches have the database for themselves half of the time, and
	// what comes meanwhile is worked off together.
	longestRest = 100 * time.Millisecond
	// shutdownWait bounds how long requests under way may still take.
	shutdownWait = 5 * time.Second
)

// Work does what there is to do: projects what came in, reclaims what is due,
// places rights and tells the stores, until nothing is left.
func (h *Headquarters) Work(ctx context.Context) error {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	for range maxRounds {
		if !h.retried {
			h.retried = true // unless it posts what something waits for that it passed over before
			if _, err := h.retry(ctx); err != nil {
				h.retried = false
				return fmt.Errorf("work: %w", err)
			}
		}
		busy, err := h.step(ctx)
		if err != nil {
			h.retried = false // a sale may be posted, and what waited for it not yet
			return fmt.Errorf("work: %w", err)
		}
		if !busy && h.retried { // nothing came to light that what was passed over waits for
			return nil
		}
	}
	h.intake.raise() // whoever runs it goes on at once
	return nil
}

// step goes once through all that works; busy says that there may be more.
func (h *Headquarters) step(ctx context.Context) (busy bool, err error) {
	project := func(ctx context.Context) (int, error) { return h.project(ctx, 20*chunk) }
	for _, do := range []func(context.Context) (int, error){
		project, h.catchUp, h.refer, h.gather, h.returnRoom, h.recover, h.leave, h.drop, h.reclaim, h.switchOver,
		h.enterErasures, h.endUnits, h.mature, h.authority, h.tellPrograms, h.tellErasures, h.age, h.feed, h.tellDays, h.dropErased, h.wipe, h.replicate,
	} {
		n, err := do(ctx)
		if err != nil {
			return false, err
		}
		busy = busy || n > 0
	}
	return busy, nil
}

// Serve does what Run and Answer do, until the context ends. Its error is why
// it ended, nil for the context.
func (h *Headquarters) Serve(ctx context.Context, listener net.Listener, failed func(error)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.Answer(ctx, listener) })
	g.Go(func() error { h.Run(ctx, failed); return nil })
	if h.lead != nil {
		g.Go(func() error { return h.follow(ctx, failed) })
	}
	return g.Wait()
}

// Answer answers terminals on a listener until the context ends; then it lets
// the requests under way finish. Its error is why it ended, nil for the
// context.
func (h *Headquarters) Answer(ctx context.Context, listener net.Listener) error {
	config, err := h.TLSConfig()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	server := h.server(ctx)
	server.TLSConfig = config
	g.Go(func() error {
		err := server.ServeTLS(listener, "", "")
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve terminals: %w", err)
	})
	g.Go(func() error {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
		defer cancel()
		if err := server.Shutdown(ending); err != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// Run works whenever something came in, and at each tick, until the context
// ends; of several processes on one database, that which has the lead does. A
// round of work that fails is told to failed and tried again; a caller that needs
// none of that passes nil.
func (h *Headquarters) Run(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		news, began := h.intake.wait(), time.Now()
		if err := h.forgetRetired(); err != nil && failed != nil {
			failed(err)
		}
		if h.leads() {
			if err := h.Work(ctx); err != nil && ctx.Err() == nil && failed != nil && !errors.Is(err, postgres.ErrLostLead) {
				failed(err)
			}
		}
		select {
		case <-time.After(min(time.Since(began), longestRest)):
		case <-ctx.Done():
			return
		}
		select {
		case <-news:
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
