package hq

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// correct takes back what an entry gave beyond limits that other terminals had
// drawn on too, or may still draw on by rights of theirs, by an entry of
// headquarters' own in the next row. A reward was had: a person is told.
func (h *Headquarters) correct(tx *sqlitedb.Tx, b *books, it *item, d *decision) error {
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil
	}
	a, err := b.account(d.Program)
	if err != nil {
		return err
	}
	now := ledger.MillisOf(h.now())
	a.State.Rows = b.n
	moment := it.moment()
	moment.At = max(moment.At, d.At)
	if a.Placed, err = placedUses(tx, b.holder, it.program, it.moment(), it.written().Terminal); err != nil {
		return err
	}
	if limits := a.Exceeded(it.program, d.Effect); len(limits) > 0 {
		it.events = append(it.events, Event{What: EventBeyond, Reason: "limit " + strings.Join(limits, ", ")})
	}
	effect, err := a.Correct(it.program, moment, &loyalty.Sold{Sale: it.entry.Sale, Effect: d.effect()})
	if err != nil || effect == nil {
		return err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Correct, At: effect.At, Store: it.entry.Store, Day: effect.Day,
		Subject: ledger.Subject(b.holder), Program: new(it.program.Ref()), Postings: effect.Postings(),
		Correct: &ledger.Correction{Entry: it.entry.ID, Reason: loyalty.CapExceeded},
	}
	own := &decision{Program: d.Program}
	if it.entry.Kind == ledger.Sold {
		own.Sale = it.entry.ID // its returns count it
		b.noteReturn(own, b.n+1)
	}
	own.do(a, *effect)
	it.events = append(it.events, Event{What: EventCap})
	return h.enterOwn(tx, b, e, own, now)
}
