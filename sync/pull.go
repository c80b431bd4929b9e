package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Pull reads one page of the store's feed, waiting up to wait for something
// new, and applies it. It reports whether more is waiting.
func (x *Exchange) Pull(ctx context.Context, wait time.Duration) (more bool, err error) {
	asks, err := x.asks(ctx)
	if err != nil {
		return false, err
	}
	answered := x.askedAhead(asks)
	if answered == nil {
		answered = x.askFeed(ctx, asks, wait)
	}
	if answered.err != nil {
		return false, answered.err
	}
	next, goesOn := asks.behind(answered.message)
	if !goesOn || x.Beside == nil {
		return x.takePage(ctx, answered)
	}
	return x.takeAndAsk(ctx, answered, next)
}

// feedQuery is what a request for the feed says but for how long it waits.
type feedQuery struct {
	cursor ledger.Cursor
	values url.Values
}

// asks is what the store asks of the feed now.
func (x *Exchange) asks(ctx context.Context) (q feedQuery, err error) {
	if q.cursor, err = x.outbox.Cursor(ctx); err != nil {
		return q, err
	}
	programs, err := x.outbox.ProgramCursor(ctx)
	if err != nil {
		return q, err
	}
	households, err := x.outbox.HouseholdCursor(ctx)
	if err != nil {
		return q, err
	}
	pins, err := x.outbox.PINCursor(ctx)
	if err != nil {
		return q, err
	}
	days, err := x.outbox.DayCursor(ctx)
	if err != nil {
		return q, err
	}
	line, err := x.line(ctx)
	if err != nil {
		return q, err
	}
	heard, sealed, err := x.outbox.Erasures(ctx)
	if err != nil {
		return q, err
	}
	q.values = url.Values{
		"cursor":             {cursorText(q.cursor)},
		wire.ProgramsParam:   {cursorText(programs)},
		wire.HouseholdsParam: {cursorText(households)},
		wire.PINsParam:       {cursorText(pins)},
		wire.DaysParam:       {cursorText(days)},
		wire.KeyParam:        {ledger.KeyID(line.Newest())},
		wire.LastParam:       {"1"},
		wire.SumParam:        {"1"},
		wire.UntoldParam:     {"1"},
		wire.ErasuresParam:   {wire.Erasures{Heard: heard, Sealed: sealed}.Text()},
	}
	if x.outbox.Builds() {
		q.values.Set(wire.RowsParam, strconv.Itoa(wire.MaxPageRows))
	}
	return q, nil
}

// feedAnswer is a page of the feed as it came, or why there is none.
type feedAnswer struct {
	query   feedQuery
	message []byte
	err     error
	came    time.Time
	old     bool // it tells no time any more, and nobody is in touch by it
}

func (x *Exchange) askFeed(ctx context.Context, q feedQuery, wait time.Duration) *feedAnswer {
	a := &feedAnswer{query: q}
	a.message, a.err = x.askAnswer(ctx, http.MethodGet, wire.FeedPath+"?"+q.values.Encode()+"&wait="+wait.String(), nil)
	a.came = x.now()
	var refusal *wire.Refusal
	switch {
	case errors.As(a.err, &refusal) && refusal.Code == wire.CodeFenced:
		a.err = fmt.Errorf("%w: %w", ErrFenced, refusal)
	case a.err != nil:
		a.err = fmt.Errorf("pull: %w", a.err)
	}
	return a
}

// takePage applies a page, and reports whether more is waiting.
func (x *Exchange) takePage(ctx context.Context, answered *feedAnswer) (more bool, err error) {
	var page wire.Page
	if err := wire.DecodePage(answered.message, &page); err != nil {
		return false, fmt.Errorf("pull: read page: %w", err)
	}
	if !answered.old {
		if err := x.outbox.Heard(ctx, page.At); err != nil {
			return false, fmt.Errorf("pull: %w", err)
		}
	}
	led, err := x.learn(ctx, page.Keys)
	if err != nil {
		return false, fmt.Errorf("pull: %w", err)
	}
	line, err := x.line(ctx)
	if err != nil {
		return false, err
	}
	if page.Next == answered.query.cursor && len(page.Changes) == 0 {
		if page.More {
			return led, nil // a page that tells of keys tells of nothing else
		}
		return led, x.endFeed(ctx)
	}
	published := x.keepGenuine(line, page.Changes)
	if err := x.outbox.Apply(ctx, page.Changes, page.Next); err != nil {
		return false, fmt.Errorf("pull: %w", err)
	}
	for _, c := range page.Changes {
		if c.Right != nil {
			x.asked.answered(c.Right.Right)
		}
	}
	if x.Read != nil {
		x.Read(page.Next.Position, page.Last)
	}
	if published && x.Published != nil {
		x.Published()
	}
	if page.More {
		return true, nil
	}
	return false, x.endFeed(ctx)
}

func (x *Exchange) endFeed(ctx context.Context) error {
	if err := x.outbox.EndFeed(ctx); err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	return nil
}

func cursorText(c ledger.Cursor) string { return fmt.Sprintf("%d.%d", c.Incarnation, c.Position) }
