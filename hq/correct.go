package hq

import (
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
}

// correct takes back what an entry gave beyond limits that other terminals had
// drawn on too, by an entry of headquarters' own in the next row. It reports
// whether there was anything.
func (h *Headquarters) correct(tx *sqlitedb.Tx, b *books, of limited) (bool, error) {
	d := of.decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return false, nil
	}
	a, err := b.account(d.Program)
	if err != nil {
		return false, err
	}
	a.State.Rows = b.n
	moment := of.moment
	moment.At = max(moment.At, d.At)
	effect, err := a.Correct(of.program, moment, &loyalty.Sold{Sale: of.entry.Sale, Effect: d.effect()})
	if err != nil || effect == nil {
		return false, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Correct, At: effect.At, Store: of.entry.Store, Day: effect.Day,
		Subject: ledger.Subject(b.holder), Program: of.entry.Program, Postings: effect.Postings(),
		Correct: &ledger.Correction{Entry: of.entry.ID, Reason: loyalty.CapExceeded},
	}
	own := &decision{Program: d.Program}
	if of.entry.Kind == ledger.Sold {
		own.Sale = of.entry.ID // its returns count it
		b.noteReturn(own, b.n+1)
	}
	own.do(a, *effect)
	return true, h.enterOwn(tx, b, e, own, ledger.MillisOf(h.now()))
}
