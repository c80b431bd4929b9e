package sync

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// progress counts what a loop got through, so that somebody can wait for more
// of it. It is guarded by the loop's mutex.
type progress struct {
	sent    int // entries
	emptied int // how often there was nothing left to send
	read    int // how often the feed was read to its end
	fenced  bool
	failed  int
	err     error         // of the last failure
	news    chan struct{} // closed when anything of this changes
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
// to send and the feed was read to its end; or with why that failed. It says how
// many entries were sent meanwhile.
func (l *Loop) Now(ctx context.Context) (sent int, err error) {
	before := l.seen()
	signal(l.urged)
	l.Appended()
	signal(l.hurried)
	for {
		p := l.seen()
		sent = p.sent - before.sent
		switch {
		case p.emptied > before.emptied && p.fenced:
			return sent, ErrFenced
		case p.emptied > before.emptied && p.read > before.read:
			return sent, nil
		case p.failed > before.failed:
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
