package hq

import (
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// limited is an entry, just posted, that may have given more than limits allow.
type limited struct {
	entry    *ledger.Entry
	program  *loyalty.Program
	moment   loyalty.Moment
	decision *decision
	// terminal is whose entry it is; empty where it is headquarters' own.
	terminal ledger.TerminalID
}

// correct settles what an entry, or a void of it, does to limits that other
// terminals drew on too, or may still draw on by rights of theirs. It returns what
// is to be told: also where a reward was had beyond one.
func (h *Headquarters) correct(u *unit, b *books, of limited) (told []event.Event, err error) {
	d := of.decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil, nil
	}
	if b.hasRightsToWrite() {
		if err := u.flush(); err != nil { // what is placed is read
			return nil, err
		}
	}
	a, err := b.account(d.Program)
	if err != nil {
		return nil, err
	}
	if a.Placed, err = placedUses(u.tx, b, of.program, of.moment, of.terminal); err != nil {
		return nil, err
	}
	if limits := a.Exceeded(of.program, d.Effect); len(limits) > 0 {
		told = append(told, event.Event{What: event.Beyond, Reason: "limit " + strings.Join(limits, ", ")})
	}
	moment := of.moment
	moment.At = max(moment.At, d.At)
	taken, err := h.settleLimits(u, b, of.program, moment, d)
	for range taken {
		told = append(told, event.Event{What: event.Cap})
	}
	return told, err
}

// settleLimits takes back what entries gave beyond limits once a decision is posted,
// and gives again what a void leaves room for, each by an entry of headquarters'
// own in the next row. It returns how many took something.
func (h *Headquarters) settleLimits(u *unit, b *books, p *loyalty.Program, m loyalty.Moment, d *decision) (taken int, err error) {
	a, err := b.account(d.Program)
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
		e, made, err := b.correcting(u.tx, p, m, effects, redraw)
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
func readEffects(tx *database.Tx, b *books, program string, since ledger.Date) ([]loyalty.Effect, error) {
	decisions, err := readDecisions(tx, `
		SELECT decided FROM ledger
		WHERE account = $1 AND recorded_at_ms >= $2 AND n <= $3
		ORDER BY n`, b.holder, recordedFrom(since), b.n)
	var effects []loyalty.Effect
	for _, d := range decisions {
		if d.Program == program {
			effects = append(effects, d.effect())
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
func readDrawn(tx *database.Tx, b *books, effects []loyalty.Effect, entry ledger.EntryID) (*loyalty.Sold, error) {
	s := &loyalty.Sold{Sale: new(ledger.Sale)} // an activity has no lines
	for _, e := range effects {
		switch {
		case e.Entry == entry && e.Kind == ledger.Sold:
			sold, err := readSold(tx, b, b.holder, entry)
			if err != nil {
				return nil, err
			}
			return &sold.sold, nil
		case e.Entry == entry:
			s.Effect = e
		case e.Sale == entry:
			s.Backs = append(s.Backs, e)
		}
	}
	return s, nil
}

// correcting decides what is to change of what an entry drew.
func (b *books) correcting(tx *database.Tx, p *loyalty.Program, m loyalty.Moment, effects []loyalty.Effect, redraw loyalty.Redraw) (*ledger.Entry, *decision, error) {
	of, err := readDrawn(tx, b, effects, redraw.Entry)
	if err != nil {
		return nil, nil, err
	}
	a, err := b.returning(&sold{program: p.Ref().ID, sold: *of})
	if err != nil {
		return nil, nil, err
	}
	effect, err := a.Correct(p, m, of, redraw.Uses)
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Correct, At: effect.At, Store: m.Store, Day: effect.Day,
		Subject: ledger.Subject(b.holder), Program: new(p.Ref()), Postings: effect.Postings(),
		Correct: &ledger.Correction{Entry: of.Effect.Entry, Reason: reasonOf(effect)},
	}
	d := &decision{Program: p.Ref().ID}
	if of.Effect.Kind == ledger.Sold {
		d.Sale = of.Effect.Entry // its returns count it
		b.noteReturn(d, b.n+1)
	}
	d.do(a, effect)
	return e, d, nil
}

// reasonOf says why something is corrected.
func reasonOf(effect loyalty.Effect) string {
	for _, u := range effect.Uses {
		if u.Uses < 0 || u.Amount < 0 {
			return loyalty.CapExceeded
		}
	}
	return loyalty.CapFreed
}
