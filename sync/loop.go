package sync

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Conversation is what a loop runs: an Exchange with headquarters, or a HubLink.
type Conversation interface {
	// Greet says hello. Of a welcome a loop looks at the standing.
	Greet(ctx context.Context) (wire.Welcome, error)
	// Push sends one batch and returns how many entries it had, 0 when there was
	// nothing to send. A *wire.Refusal that one was too large says that the next is
	// smaller.
	Push(ctx context.Context) (int, error)
	// Pull reads one page, waiting up to wait for something new, and reports whether
	// more is waiting.
	Pull(ctx context.Context, wait time.Duration) (more bool, err error)
}

// Loop runs a conversation: greets, pushes what is appended, keeps reading the
// feed, and waits longer and longer while the other side does not answer.
type Loop struct {
	Exchange Conversation
	// MaxWait bounds the wait between tries (default 5 minutes).
	MaxWait time.Duration
	// Changed is called when headquarters is reached (nil), or no longer, and
	// why, or answers with ErrUnknown; not for each try. It must not call the loop.
	Changed func(error)
	// Pushed is called with how many entries each batch had that headquarters took.
	// It must not call the loop.
	Pushed func(entries int)
	// Delay says how much longer what was appended at an instant had
	// better wait before it is pushed; it is asked again when that has passed.
	// Now does not wait for it. By default nothing waits.
	Delay func(appended time.Time) time.Duration

	appended chan struct{}
	hurried  chan struct{} // ends a wait between tries
	urged    chan struct{} // ends a delay

	mu       sync.Mutex // guards what was told
	told     bool
	down     error
	downBy   part
	progress progress
}

// part is which part of the exchange something is said of.
type part int

const (
	greeting part = iota
	pushing
	pulling
)

// ended says which part of a conversation failed, and whether it had got
// anything through before.
type ended struct {
	by       part
	progress bool
	asked    int // how many had asked for an exchange when that began which failed
	err      error
}

func (e *ended) Error() string { return e.err.Error() }
func (e *ended) Unwrap() error { return e.err }

// pageEvery is how often pages of the feed are asked for at most: something
// between us may answer at once where headquarters would have waited.
const pageEvery = 250 * time.Millisecond

// NewLoop returns a loop over a conversation.
func NewLoop(exchange Conversation) *Loop {
	return &Loop{
		Exchange: exchange, MaxWait: 5 * time.Minute,
		Changed:  func(error) {},
		Pushed:   func(int) {},
		Delay:    func(time.Time) time.Duration { return 0 },
		appended: make(chan struct{}, 1), hurried: make(chan struct{}, 1), urged: make(chan struct{}, 1), progress: newProgress(),
	}
}

// Appended says that there is something to push. It never blocks.
func (l *Loop) Appended() { signal(l.appended) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is signaled already
	}
}

// Run exchanges until the context ends. It always returns the context's error.
func (l *Loop) Run(ctx context.Context) error {
	for tries := 0; ctx.Err() == nil; tries++ {
		end := l.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if end.progress {
			tries = 0
		}
		if errors.Is(end.err, ErrGreet) && tries == 0 {
			continue // headquarters asks for it: no reason to wait once
		}
		l.tell(end.by, end.err)
		l.note(func(p *progress) { p.failed, p.err = end.asked, end.err })
		if l.seen().asked == end.asked { // else somebody asked meanwhile: it is tried at once
			pause(ctx, l.wait(tries, end.err), l.hurried)
		}
	}
	return ctx.Err()
}

// session greets and converses until something fails.
func (l *Loop) session(ctx context.Context) *ended {
	asked := l.seen().asked
	welcome, err := l.Exchange.Greet(ctx)
	if err != nil {
		return &ended{by: greeting, asked: asked, err: err}
	}
	l.tell(greeting, nil)
	return l.converse(ctx, welcome.Standing == wire.Fenced)
}

// converse pushes and pulls until one of the two fails. A fenced terminal has
// no feed to read.
func (l *Loop) converse(ctx context.Context, fenced bool) *ended {
	l.note(func(p *progress) { p.fenced = fenced })
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.push(ctx) })
	if !fenced {
		g.Go(func() error { return l.pull(ctx) })
	}
	var end *ended
	errors.As(g.Wait(), &end) // neither returns anything else
	return end
}

func (l *Loop) push(ctx context.Context) error {
	progressed := false
	for {
		asked := l.seen().asked
		sent, err := l.Exchange.Push(ctx)
		var refusal *wire.Refusal
		switch {
		case errors.As(err, &refusal) && refusal.Code == wire.CodeTooLarge:
			continue // the next batch is smaller
		case err != nil:
			return &ended{pushing, progressed, asked, err}
		}
		l.tell(pushing, nil)
		if sent > 0 {
			progressed = true
			l.note(func(p *progress) { p.sent += sent })
			l.Pushed(sent)
			continue
		}
		l.note(func(p *progress) { p.emptied = asked })
		select {
		case <-l.appended:
			l.delay(ctx)
		case <-ctx.Done():
			return &ended{pushing, progressed, asked, ctx.Err()}
		}
	}
}

// delay waits for a good moment to push, unless somebody wants it now.
func (l *Loop) delay(ctx context.Context) {
	began := time.Now()
	for left := l.Delay(began); left > 0 && ctx.Err() == nil; left = l.Delay(began) {
		if pause(ctx, left, l.urged) {
			return
		}
	}
	select {
	case <-l.urged: // is served by the push that follows
	default:
	}
}

// pull reads pages: the first one without waiting, which shows that the feed
// can be read.
func (l *Loop) pull(ctx context.Context) error {
	for wait, progressed := time.Duration(0), false; ; {
		began, asked := time.Now(), l.seen().asked
		more, hurried, err := l.page(ctx, wait)
		if err != nil {
			return &ended{pulling, progressed, asked, err}
		}
		if wait = wire.MaxWait; hurried {
			wait = 0
			continue
		}
		progressed = true
		l.tell(pulling, nil)
		if more {
			continue
		}
		l.note(func(p *progress) { p.read = asked })
		if pause(ctx, pageEvery-time.Since(began), l.hurried) {
			wait = 0
		}
	}
}

// page reads one page; hurried says that somebody did not want to wait for
// something new.
func (l *Loop) page(ctx context.Context, wait time.Duration) (more, hurried bool, err error) {
	if wait == 0 {
		more, err = l.Exchange.Pull(ctx, 0)
		return more, false, err
	}
	patient, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error {
		select {
		case <-l.hurried:
			hurried = true
			cancel()
		case <-patient.Done():
		}
		return nil
	})
	more, err = l.Exchange.Pull(patient, wait)
	cancel()
	_ = g.Wait() // it has no error
	if hurried && ctx.Err() == nil {
		return more, true, nil
	}
	return more, false, err
}

// Beside is Exchange.Beside for the world.
func Beside(one, other func()) {
	var wg sync.WaitGroup
	wg.Go(other)
	one()
	wg.Wait()
}

// wait draws the pause before the next try: anything up to one second doubled
// with each try, so that a chain's terminals do not come back as one, and that
// on top of what headquarters asked for.
func (l *Loop) wait(tries int, err error) time.Duration {
	drawn := rand.N(min(l.MaxWait, time.Second<<min(tries, 20)) + 1)
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return refusal.RetryAfter + drawn
	}
	return drawn
}

// tell reports a change of state, not each attempt. What one part found broken
// is whole again when that part gets through: while batches are refused, a
// greeting that succeeds is no news.
func (l *Loop) tell(by part, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.down != nil && by != l.downBy {
		return
	}
	news := !l.told || (err == nil) != (l.down == nil) || errors.Is(err, ErrUnknown) != errors.Is(l.down, ErrUnknown)
	l.told, l.down, l.downBy = true, err, by
	if news {
		l.Changed(err)
	}
}

// pause waits; it reports whether somebody hurried it.
func pause(ctx context.Context, d time.Duration, hurried <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-hurried:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
