package sync

import (
	"context"
	"maps"
	"time"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till that is new reads hundreds of pages. Headquarters makes the next while this one
// is decoded and kept: what is asked ahead is a guess at what will be asked, and it is
// taken only where that was right.

// aheadLife is for how long what a page that came tells of the time is as good as of one
// that is asked for now. Its rows are, however long it lay: a till that applies a page for
// longer would ask twice for each.
const aheadLife = 2 * time.Second

// takeAndAsk applies a page while the one behind it is asked for.
func (x *Exchange) takeAndAsk(ctx context.Context, answered *feedAnswer, next feedQuery) (more bool, err error) {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	x.Beside(func() {
		if more, err = x.takePage(ctx, answered); err != nil {
			cancel() // nobody goes on from there
		}
	}, func() { x.ahead = x.askFeed(asking, next, 0) })
	if err != nil || ctx.Err() != nil {
		x.ahead = nil
	}
	return more, err
}

// askedAhead gives what was asked ahead where it answers a query, once.
func (x *Exchange) askedAhead(q feedQuery) *feedAnswer {
	a := x.ahead
	x.ahead = nil
	if a == nil || a.query.values.Encode() != q.values.Encode() {
		return nil
	}
	lay := x.now().Round(0).Sub(a.came.Round(0)) // what slept has no monotonic clock
	a.old = lay < 0 || lay > aheadLife
	return a
}

// behind is what is asked for behind a page as far as that can be told without its rows,
// where a directory that is built from it goes on. The first page of an incarnation tells
// of too much else.
func (q feedQuery) behind(page []byte) (next feedQuery, goesOn bool) {
	to, more := wire.PageEnd(page)
	if !more || !q.values.Has(wire.RowsParam) || to.Incarnation != q.cursor.Incarnation {
		return q, false
	}
	next = feedQuery{cursor: to, values: maps.Clone(q.values)}
	next.values.Set("cursor", cursorText(to))
	return next, true
}
