package hq

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
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

// correct takes back what an entry gave beyond limits that other terminals had
// drawn on too, or may still draw on by rights of theirs, by an entry of
// headquarters' own in the next row. It returns what is to be told: also where a
// reward was had beyond one.
func (h *Headquarters) correct(tx *sqlitedb.Tx, b *books, of limited) (told []Event, err error) {
	d := of.decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil, nil
	}
	a, err := b.account(d.Program)
	if err != nil {
		return nil, err
	}
	a.State.Rows = b.n
	moment := of.moment
	moment.At = max(moment.At, d.At)
	if a.Placed, err = placedUses(tx, b.holder, of.program, of.moment, of.terminal); err != nil {
		return nil, err
	}
	if limits := a.Exceeded(of.program, d.Effect); len(limits) > 0 {
		told = append(told, Event{What: EventBeyond, Reason: "limit " + strings.Join(limits, ", ")})
	}
	effect, err := a.Correct(of.program, moment, &loyalty.Sold{Sale: of.entry.Sale, Effect: d.effect()})
	if err != nil || effect == nil {
		return told, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Correct, At: effect.At, Store: of.entry.Store, Day: effect.Day,
		Subject: ledger.Subject(b.holder), Program: new(of.program.Ref()), Postings: effect.Postings(),
		Correct: &ledger.Correction{Entry: of.entry.ID, Reason: loyalty.CapExceeded},
	}
	own := &decision{Program: d.Program}
	if of.entry.Kind == ledger.Sold {
		own.Sale = of.entry.ID // its returns count it
		b.noteReturn(own, b.n+1)
	}
	own.do(a, *effect)
	return append(told, Event{What: EventCap}), h.enterOwn(tx, b, e, own, ledger.MillisOf(h.now()))
}
