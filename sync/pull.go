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
	cursor, err := x.outbox.Cursor(ctx)
	if err != nil {
		return false, err
	}
	programs, err := x.outbox.ProgramCursor(ctx)
	if err != nil {
		return false, err
	}
	households, err := x.outbox.HouseholdCursor(ctx)
	if err != nil {
		return false, err
	}
	pins, err := x.outbox.PINCursor(ctx)
	if err != nil {
		return false, err
	}
	days, err := x.outbox.DayCursor(ctx)
	if err != nil {
		return false, err
	}
	line, err := x.line(ctx)
	if err != nil {
		return false, err
	}
	heard, sealed, err := x.outbox.Erasures(ctx)
	if err != nil {
		return false, err
	}
	query := url.Values{
		"cursor":             {cursorText(cursor)},
		wire.ProgramsParam:   {cursorText(programs)},
		wire.HouseholdsParam: {cursorText(households)},
		wire.PINsParam:       {cursorText(pins)},
		wire.DaysParam:       {cursorText(days)},
		wire.KeyParam:        {ledger.KeyID(line.Newest())},
		wire.LastParam:       {"1"},
		wire.SumParam:        {"1"},
		wire.UntoldParam:     {"1"},
		wire.ErasuresParam:   {wire.Erasures{Heard: heard, Sealed: sealed}.Text()},
		"wait":               {wait.String()},
	}
	if x.outbox.Builds() {
		query.Set(wire.RowsParam, strconv.Itoa(wire.MaxPageRows))
	}
	var page wire.Page
	asked := x.now()
	if err := x.ask(ctx, http.MethodGet, wire.FeedPath+"?"+query.Encode(), nil, &page); err != nil {
		var refusal *wire.Refusal
		if errors.As(err, &refusal) && refusal.Code == wire.CodeFenced {
			return false, fmt.Errorf("%w: %w", ErrFenced, refusal)
		}
		return false, fmt.Errorf("pull: %w", err)
	}
	if err := x.outbox.Heard(ctx, x.fresh(page.At, asked)); err != nil {
		return false, fmt.Errorf("pull: %w", err)
	}
	led, err := x.learn(ctx, page.Keys)
	if err != nil {
		return false, fmt.Errorf("pull: %w", err)
	}
	if line, err = x.line(ctx); err != nil {
		return false, err
	}
	if page.Next == cursor && len(page.Changes) == 0 {
		return led, nil // a page that tells of keys tells of nothing else
	}
	changes, published := x.genuine(line, page.Changes)
	if err := x.outbox.Apply(ctx, changes, page.Next); err != nil {
		return false, fmt.Errorf("pull: %w", err)
	}
	for _, c := range changes {
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
	return page.More, nil
}

func cursorText(c ledger.Cursor) string { return fmt.Sprintf("%d.%d", c.Incarnation, c.Position) }
