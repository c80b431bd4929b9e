package hq

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// maxPageBytes is what a page of the feed has at most, unless one row has more.
const maxPageBytes = 1 << 20

// page is wire.Page, whose rows stand in its message as they are stored.
type page struct {
	Next ledger.Cursor   `json:"next"`
	More bool            `json:"more,omitempty"`
	Last ledger.Position `json:"last,omitempty"`
	At   ledger.Millis   `json:"at_ms"`

	Keys []ledger.SignedSuccession `json:"keys,omitempty"`

	store ledger.StoreID // whose terminal asked
	rows  int            // that it has
	// message is the page as it is sent, packed the same in a fraction of the memory:
	// of a page that is worth packing only that is kept. Neither is there without rows.
	message []byte
	packed  []byte
	sum     ledger.Hash // of message
	bySum   bool        // whoever asked takes a signature over it
}

// reader is up to where a terminal has a feed; of programs, households, PINs and days
// apart, nil where it does not want to hear of them.
type reader struct {
	after      ledger.Cursor
	programs   *ledger.Cursor
	households *ledger.Cursor
	pins       *ledger.Cursor
	days       *ledger.Cursor
	keyID      string         // of the newest key that the terminal knows; empty: it knows nothing of keys
	rows       int            // it takes at once
	last       bool           // it wants to be told the last position there is
	untold     bool           // it takes a page that tells no time
	erasures   *wire.Erasures // nil where it knows none
}

// apart is up to where kinds are heard of that have a cursor of their own.
type apart struct{ programs, households, pins, days ledger.Position }

// upTo is a cursor's position in this incarnation; the end of time where there is
// none.
func (h *Headquarters) upTo(c *ledger.Cursor) ledger.Position {
	if c == nil {
		return math.MaxInt64
	}
	return h.here(*c).Position
}

// page reads a store's feed behind a cursor. Under another incarnation it
// reads from the beginning. It is read for as many at once as leave room for batches:
// many tills are told at one instant.
func (h *Headquarters) page(ctx context.Context, from ledger.TerminalID, by reader) (page, error) {
	now, at := h.time(), h.told(by.untold)
	store, waits, err := h.listener(ctx, from, by, now)
	if err != nil || waits {
		return page{Next: by.after, At: at, store: store}, err
	}
	if keys := h.keys.KeysBehind(by.keyID); keys != nil { // a page for itself: the others are shared
		return page{Next: by.after, More: true, At: at, store: store, Keys: keys}, nil
	}
	select {
	case h.telling <- struct{}{}:
	case <-ctx.Done():
		return page{}, ctx.Err()
	}
	defer func() { <-h.telling }()
	key := pageKey{store, h.here(by.after), apart{h.upTo(by.programs), h.upTo(by.households), h.upTo(by.pins), h.upTo(by.days)}, by.rows, by.last, at == 0, h.fed.raised()}
	p, err := h.shelf.get(key, now, func() (page, error) {
		p := page{Next: key.after, At: at, store: store}
		// Others wait for it, whether or not the first of them leaves.
		err := h.draw(context.WithoutCancel(ctx), &p, func(tx *database.Tx) (err error) {
			if key.last {
				if p.Last, err = lastPosition(tx, store); err != nil {
					return err
				}
			}
			return p.fill(tx, store, key.others, key.rows)
		})
		return p, err
	})
	if err != nil || by.erasures == nil {
		return p, err
	}
	// After the page was read: whatever it tells of an account that was erased, the
	// erasure was told before.
	unheard := page{Next: by.after, More: true, At: at, store: store, Last: p.Last}
	if err := h.unheard(ctx, &unheard, by.erasures.Heard); err != nil || unheard.rows == 0 {
		return p, err
	}
	return unheard, nil
}

// unheard makes a page of the erasures that a terminal has not heard of.
func (h *Headquarters) unheard(ctx context.Context, to *page, heard ledger.Millis) error {
	return h.draw(ctx, to, func(tx *database.Tx) error { return to.fillErasures(tx, heard) })
}

// drafts are what messages of pages are put together in, one after the other: a till
// that is new is told hundreds of them, and a message that grows to a mebibyte costs as
// much as all that is read for it.
var drafts = sync.Pool{New: func() any { return new([]byte) }}

// draw makes a page of the rows that fill reads.
func (h *Headquarters) draw(ctx context.Context, p *page, fill func(*database.Tx) error) error {
	draft := drafts.Get().(*[]byte)
	p.message = (*draft)[:0]
	err := h.view(ctx, fill)
	if err == nil && p.rows > 0 {
		err = p.pack()
	}
	if *draft, p.message = p.message, nil; p.rows > 0 && p.packed == nil {
		p.message = bytes.Clone(*draft)
	}
	if cap(*draft) <= 2*maxPageBytes { // one row may be longer than a page
		drafts.Put(draft)
	}
	return err
}

// listener returns the store of a terminal that asks for its feed. What a restored
// headquarters forgot stays in the terminal's directory until it is told again: as
// long as that is waited for it gets nothing, since the first page would drop it.
func (h *Headquarters) listener(ctx context.Context, from ledger.TerminalID, by reader, now ledger.Millis) (store ledger.StoreID, waits bool, err error) {
	t, err := h.roll.find(ctx, from)
	if err != nil {
		return "", false, err
	}
	if t.Fenced {
		return "", false, wire.Refuse(wire.CodeFenced, "")
	}
	if !t.Awaited && by.erasures != nil && by.erasures.Sealed > t.Erasures {
		if err := h.update(ctx, func(tx *database.Tx) error { return erasure.SealedPast(tx, from, by.erasures.Sealed) }); err != nil {
			return "", false, err
		}
		h.intake.raise()
	}
	if t.SeenAt.Add(seenEvery) < now || t.KeyID != by.keyID {
		if err := h.update(ctx, func(tx *database.Tx) error { return h.seesListener(tx, from, by.keyID, now) }); err != nil {
			return "", false, err
		}
		h.intake.raise() // there may be something to place
	}
	return t.Store, t.Awaited, nil
}

// seesListener records that a terminal is there, and the newest key that it knows.
func (h *Headquarters) seesListener(tx *database.Tx, from ledger.TerminalID, keyID string, now ledger.Millis) error {
	t, err := records.ReadTerminal(tx, from)
	if err != nil {
		return err
	}
	if err := records.KnowsKey(tx, &t, keyID); err != nil {
		return err
	}
	return h.sees(tx, &t, now)
}

// here is a cursor in this incarnation: one of another is the beginning.
func (h *Headquarters) here(c ledger.Cursor) ledger.Cursor {
	if c.Incarnation != h.chain.incarnation {
		return ledger.Cursor{Incarnation: h.chain.incarnation}
	}
	return c
}

// pageRows are rows behind the page's cursor, and those of programs, households, PINs
// and days behind their own. Programs are few: the plus signs have them found by their kind and
// sorted, where the index that gives their order would have each page look at all of
// the store's rows.
const pageRows = `
	SELECT position, change
	FROM feed
	WHERE store = $1 AND position > $2 AND kind NOT IN ('program', 'stop')
	UNION ALL
	SELECT +position, change
	FROM feed
	WHERE store = $1 AND kind IN ('program', 'stop') AND +position > $3
	UNION ALL
	SELECT position, change
	FROM feed_apart
	WHERE store = $1 AND position > $4 AND kind <> 'erasure'
	UNION ALL
	SELECT position, change
	FROM feed_pin
	WHERE store = $1 AND position > $5
	UNION ALL
	SELECT position, change
	FROM feed_day
	WHERE store = $1 AND position > $6
	ORDER BY position
	LIMIT $7`

// fewRows are read for a page before it is known how long its rows are: most pages have
// fewer.
const fewRows = 128

// fill reads the page's rows, at most so many. PostgreSQL has read all that a query
// finds before the first is seen, so each asks for no more than the page has room for
// where its rows are as long as those of the one before.
func (p *page) fill(tx *database.Tx, store ledger.StoreID, others apart, most int) error {
	from := behind{p.Next.Position, others}
	for ask := fewRows; ; {
		ask = min(ask, most+1-p.rows)
		had, rows := len(p.message), p.rows
		found, err := p.readOn(tx, store, &from, ask, most)
		if err != nil || p.More || found < ask {
			return err
		}
		mean := (len(p.message) - had) / (p.rows - rows)
		ask = 1 + max(0, maxPageBytes-len(p.message))/mean
	}
}

// behind is up to where a page was read.
type behind struct {
	position ledger.Position
	apart
}

// readOn adds rows to the page, behind those that were read, of as many as it asks for,
// and returns how many it found.
func (p *page) readOn(tx *database.Tx, store ledger.StoreID, from *behind, ask, most int) (found int, err error) {
	rows, err := tx.Query(pageRows, store, from.position, from.programs, from.households, from.pins, from.days, ask)
	if err != nil {
		return 0, fmt.Errorf("read feed: %w", err)
	}
	defer rows.Close()
	var position ledger.Position
	var change sql.RawBytes
	for ; rows.Next(); found++ {
		if err := rows.Scan(&position, &change); err != nil {
			return 0, fmt.Errorf("read feed: %w", err)
		}
		if p.rows == most || p.rows > 0 && len(p.message)+len(change) > maxPageBytes {
			p.More = true
			break
		}
		p.add(change)
		p.Next.Position = max(p.Next.Position, position)
	}
	*from = from.past(position)
	return found, rows.Close()
}

// past is behind a row too: all kinds are read in one order.
func (b behind) past(row ledger.Position) behind {
	return behind{max(b.position, row), apart{max(b.programs, row), max(b.households, row), max(b.pins, row), max(b.days, row)}}
}

// add writes a row into the message, as it is stored.
func (p *page) add(change []byte) {
	next := ","
	if p.rows == 0 {
		next = `{"changes":[`
	}
	p.message = append(append(p.message, next...), change...)
	p.rows++
}

// pack ends the message of a page that has rows, hashes it and packs it, once for all.
func (p *page) pack() error {
	rest, err := encode(p)
	if err != nil {
		return err
	}
	p.message = append(append(p.message, "],"...), rest[1:]...)
	p.sum = ledger.HashOf(p.message)
	switch {
	case p.rows > wire.PageRows: // one of hundreds
		p.packed = wire.PackRows(p.message)
	case len(p.message) > packAbove:
		p.packed = wire.Pack(p.message)
	}
	return nil
}

// unpack gives the page its message, for who does not take it packed, or signed over
// its hash.
func (p *page) unpack() (err error) {
	if p.packed != nil {
		p.message, err = wire.Unpack(wire.Zstd, p.packed)
	}
	return err
}

// lastPosition is that of a store's latest row.
func lastPosition(tx *database.Tx, store ledger.StoreID) (last ledger.Position, err error) {
	if err := tx.QueryRow(`SELECT position FROM store WHERE store = $1`, store).Scan(&last); err != nil {
		return 0, fmt.Errorf("read position: %w", err)
	}
	return last, nil
}

// await is page, for a caller that would rather wait than get nothing.
func (h *Headquarters) await(ctx context.Context, from ledger.TerminalID, by reader, wait time.Duration) (page, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		news := h.fed.wait()
		p, err := h.page(ctx, from, by)
		if err != nil || p.rows > 0 || len(p.Keys) > 0 || p.Next != by.after || wait <= 0 {
			return p, err
		}
		select {
		case <-news:
			h.rest(ctx, p.store)
		case <-timer.C:
			p.At = h.told(by.untold)
			return p, nil
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}
