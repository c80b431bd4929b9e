package sync

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// progress is what a loop got through, so that somebody can wait for more of it. It is
// guarded by the loop's mutex.
type progress struct {
	asked int // how many asked for an exchange (Now)
	sent  int // entries
	// How many of those had asked before the last push began that found nothing to send,
	// before the last page was asked for that was the feed's end, and before that was begun
	// which failed last: what was under way when somebody asks may have looked before.
	emptied, read, failed int
	fenced                bool
	err                   error         // of the last failure
	news                  chan struct{} // closed when anything of this changes
}

func newProgress() progress { return progress{news: make(chan struct{})} }

// note changes the progress and wakes who waits for it.
func (l *Loop) note(change func(*progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.progress)
	close(l.progress.news)
	l.progress.news = make(chan struct{})
}

func (l *Loop) seen() progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.progress
}

// Now exchanges without waiting for its turn, and returns once nothing is left
// to send of what was there when it was called, and the feed was read to what was its end
// then or a later one; or with why that failed. It says how many entries were sent
// meanwhile.
func (l *Loop) Now(ctx context.Context) (sent int, err error) {
	var mine progress
	l.note(func(p *progress) { p.asked++; mine = *p })
	signal(l.urged)
	l.Appended()
	signal(l.hurried)
	for {
		p := l.seen()
		sent = p.sent - mine.sent
		switch {
		case p.emptied >= mine.asked && p.fenced:
			return sent, ErrFenced
		case p.emptied >= mine.asked && p.read >= mine.asked:
			return sent, nil
		case p.failed >= mine.asked:
			return sent, p.err
		}
		select {
		case <-p.news:
		case <-ctx.Done():
			return sent, ctx.Err()
		}
	}
}

// Once says hello, sends all there is and reads the feed to its end, without a
// loop.
func (x *Exchange) Once(ctx context.Context) (sent int, err error) {
	for range maxGreetings {
		welcome, err := x.Greet(ctx)
		if err != nil {
			return sent, err
		}
		more, err := x.drain(ctx, welcome.Standing == wire.Fenced)
		sent += more
		if !errors.Is(err, ErrGreet) {
			return sent, err
		}
	}
	return sent, fmt.Errorf("headquarters wants another hello after each of %d", maxGreetings)
}

func (x *Exchange) drain(ctx context.Context, fenced bool) (sent int, err error) {
	for {
		n, err := x.Push(ctx)
		var refusal *wire.Refusal
		if errors.As(err, &refusal) && refusal.Code == wire.CodeTooLarge {
			continue // the next batch is smaller
		}
		if err != nil {
			return sent, err
		}
		if sent += n; n == 0 {
			break
		}
	}
	if fenced {
		return sent, ErrFenced
	}
	for {
		more, err := x.Pull(ctx, 0)
		if err != nil || !more {
			return sent, err
		}
	}
}
