package hq

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// correct settles what an entry, or a void of it, does to limits that other
// terminals drew on too, or may still draw on by rights of theirs. It returns what
// is to be told: also where a reward was had beyond one.
func (h *Headquarters) correct(u *posting.Unit, b *books.Books, of books.Limited) (told []event.Event, err error) {
	d := of.Decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil, nil
	}
	if b.HasRightsToWrite() {
		if err := u.Flush(); err != nil { // what is placed is read
			return nil, err
		}
	}
	a, err := b.Account(d.Program)
	if err != nil {
		return nil, err
	}
	if a.Placed, err = records.PlacedUses(u.Tx, b, of.Program, of.Moment, of.Terminal); err != nil {
		return nil, err
	}
	if limits := a.Exceeded(of.Program, d.Effect); len(limits) > 0 {
		told = append(told, event.Event{What: event.Beyond, Reason: "limit " + strings.Join(limits, ", ")})
	}
	moment := of.Moment
	moment.At = max(moment.At, d.At)
	taken, err := h.settleLimits(u, b, of.Program, moment, d)
	for range taken {
		told = append(told, event.Event{What: event.Cap})
	}
	return told, err
}

// settleLimits takes back what entries gave beyond limits once a decision is posted,
// and gives again what a void leaves room for, each by an entry of headquarters'
// own in the next row. It returns how many took something.
func (h *Headquarters) settleLimits(u *posting.Unit, b *books.Books, p *loyalty.Program, m loyalty.Moment, d *books.Decision) (taken int, err error) {
	a, err := b.Account(d.Program)
	if err != nil || !a.Unsettled(p, d.Effect) {
		return 0, err
	}
	if err := u.Flush(); err != nil { // its row is read with those before
		return 0, err
	}
	effects, err := records.ReadEffects(u.Tx, b, d.Program, p.SettledFrom(d.Effect))
	if err != nil {
		return 0, err
	}
	for _, redraw := range a.Settle(p, effects, d.Effect) {
		drawn, err := records.ReadDrawn(u.Tx, b, effects, redraw.Entry)
		if err != nil {
			return 0, err
		}
		e, made, err := b.Correcting(p, m, drawn, redraw)
		if err != nil {
			return 0, err
		}
		if err := posting.EnterOwn(u.Tx, h.keys, b, e, made, ledger.MillisOf(h.now())); err != nil {
			return 0, fmt.Errorf("correct %s: %w", redraw.Entry, err)
		}
		if e.Correct.Reason == loyalty.CapExceeded {
			taken++
		}
	}
	return taken, nil
}
