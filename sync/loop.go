package sync

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Loop runs an exchange: greets, pushes what is appended, keeps reading the
// feed, and waits longer and longer while headquarters does not answer.
type Loop struct {
	Exchange *Exchange
	// MaxWait bounds the wait between tries (default 5 minutes).
	MaxWait time.Duration
	// Changed is called when headquarters is reached (nil), or no longer, and
	// why; not for each try.
	Changed func(error)
	// Greeted is called with each welcome.
	Greeted func(wire.Welcome)

	appended  chan struct{}
	exchanged atomic.Int64 // batches and pages that went through
	down      error
	told      bool
}

// NewLoop returns a loop over an exchange.
func NewLoop(exchange *Exchange) *Loop {
	return &Loop{
		Exchange: exchange, MaxWait: 5 * time.Minute,
		Changed: func(error) {}, Greeted: func(wire.Welcome) {},
		appended: make(chan struct{}, 1),
	}
}

// Appended says that there is something to push. It never blocks.
func (l *Loop) Appended() {
	select {
	case l.appended <- struct{}{}:
	default:
	}
}

// Run exchanges until the context ends. It always returns the context's error.
func (l *Loop) Run(ctx context.Context) error {
	for tries := 0; ctx.Err() == nil; tries++ {
		progress, err := l.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if progress {
			tries = 0
		}
		if errors.Is(err, ErrGreet) && tries == 0 {
			continue // headquarters asks for it: no reason to wait once
		}
		l.tell(err)
		pause(ctx, l.wait(tries, err))
	}
	return ctx.Err()
}

// session greets and converses until something fails; progress says that
// anything was exchanged behind the greeting.
func (l *Loop) session(ctx context.Context) (progress bool, err error) {
	welcome, err := l.Exchange.Greet(ctx)
	if err != nil {
		return false, err
	}
	l.tell(nil)
	l.Greeted(welcome)
	before := l.exchanged.Load()
	err = l.converse(ctx, welcome.Standing == wire.Fenced)
	return l.exchanged.Load() > before, err
}

// converse pushes and pulls until one of the two fails. A fenced terminal has
// no feed to read.
func (l *Loop) converse(ctx context.Context, fenced bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.push(ctx) })
	if !fenced {
		g.Go(func() error { return l.pull(ctx) })
	}
	return g.Wait()
}

func (l *Loop) push(ctx context.Context) error {
	for {
		sent, err := l.Exchange.Push(ctx)
		var refusal *wire.Refusal
		switch {
		case errors.As(err, &refusal) && refusal.Code == wire.CodeTooLarge:
			continue // the next batch is smaller
		case err != nil:
			return err
		case sent > 0:
			l.exchanged.Add(1)
			continue
		}
		select {
		case <-l.appended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *Loop) pull(ctx context.Context) error {
	for {
		if _, err := l.Exchange.Pull(ctx, wire.MaxWait); err != nil {
			return err
		}
		l.exchanged.Add(1)
	}
}

// wait draws the pause before the next try: anything up to one second doubled
// with each try, so that a chain's terminals do not come back as one; never
// less than headquarters asked for.
func (l *Loop) wait(tries int, err error) time.Duration {
	most := min(l.MaxWait, time.Second<<min(tries, 20))
	drawn := rand.N(most + 1)
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return max(drawn, refusal.RetryAfter)
	}
	return drawn
}

// tell reports a change of state, not each attempt.
func (l *Loop) tell(err error) {
	if l.told && (err == nil) == (l.down == nil) {
		return
	}
	l.told, l.down = true, err
	l.Changed(err)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
