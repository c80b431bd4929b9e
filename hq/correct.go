package hq

import (
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// correct settles what an entry, or a void of it, does to limits that other
// terminals drew on too, or may still draw on by rights of theirs. It returns what
// is to be told: also where a reward was had beyond one.
func (h *Headquarters) correct(u *unit, b *books.Books, of books.Limited) (told []event.Event, err error) {
	d := of.Decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil, nil
	}
	if b.HasRightsToWrite() {
		if err := u.flush(); err != nil { // what is placed is read
			return nil, err
		}
	}
	a, err := b.Account(d.Program)
	if err != nil {
		return nil, err
	}
	if a.Placed, err = placedUses(u.tx, b, of.Program, of.Moment, of.Terminal); err != nil {
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
func (h *Headquarters) settleLimits(u *unit, b *books.Books, p *loyalty.Program, m loyalty.Moment, d *books.Decision) (taken int, err error) {
	a, err := b.Account(d.Program)
	if err != nil || !a.Unsettled(p, d.Effect) {
		return 0, err
	}
	if err := u.flush(); err != nil { // its row is read with those before
		return 0, err
	}
	effects, err := readEffects(u.tx, b, d.Program, p.SettledFrom(d.Effect))
	if err != nil {
		return 0, err
	}
	for _, redraw := range a.Settle(p, effects, d.Effect) {
		drawn, err := readDrawn(u.tx, b, effects, redraw.Entry)
		if err != nil {
			return 0, err
		}
		e, made, err := b.Correcting(p, m, drawn, redraw)
		if err != nil {
			return 0, err
		}
		if err := h.enterOwn(u.tx, b, e, made, ledger.MillisOf(h.now())); err != nil {
			return 0, fmt.Errorf("correct %s: %w", redraw.Entry, err)
		}
		if e.Correct.Reason == loyalty.CapExceeded {
			taken++
		}
	}
	return taken, nil
}

// readEffects returns what a ledger decided under a program since a day, up to its
// last row, in order.
func readEffects(tx *database.Tx, b *books.Books, program string, since ledger.Date) ([]loyalty.Effect, error) {
	decisions, err := readDecisions(tx, `
		SELECT decided FROM ledger
		WHERE account = $1 AND recorded_at_ms >= $2 AND n <= $3
		ORDER BY n`, b.Holder, recordedFrom(since), b.N)
	var effects []loyalty.Effect
	for _, d := range decisions {
		if d.Program == program {
			effects = append(effects, d.Did())
		}
	}
	return effects, err
}

// recordedFrom is an instant before which no entry of a day, in whichever zone, is
// recorded; empty is always.
func recordedFrom(day ledger.Date) ledger.Millis {
	begin, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return 0
	}
	return ledger.MillisOf(begin.AddDate(0, 0, -1))
}

// readDrawn returns an entry that drew on limits, with what came back of it.
func readDrawn(tx *database.Tx, b *books.Books, effects []loyalty.Effect, entry ledger.EntryID) (*loyalty.Sold, error) {
	s := &loyalty.Sold{Sale: new(ledger.Sale)} // an activity has no lines
	for _, e := range effects {
		switch {
		case e.Entry == entry && e.Kind == ledger.Sold:
			sold, err := readSold(tx, b, b.Holder, entry)
			if err != nil {
				return nil, err
			}
			return &sold.Sold, nil
		case e.Entry == entry:
			s.Effect = e
		case e.Sale == entry:
			s.Backs = append(s.Backs, e)
		}
	}
	return s, nil
}
