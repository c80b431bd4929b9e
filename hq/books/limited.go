package books

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Limited is an entry, just posted, that may have given more than limits allow.
type Limited struct {
	Entry    *ledger.Entry
	Program  *loyalty.Program
	Moment   loyalty.Moment
	Decision *Decision
	// Terminal is whose entry it is; empty where it is headquarters' own.
	Terminal ledger.TerminalID
}

// Correcting decides what is to change of what an entry drew.
func (b *Books) Correcting(p *loyalty.Program, m loyalty.Moment, of *loyalty.Sold, redraw loyalty.Redraw) (*ledger.Entry, *Decision, error) {
	a, err := b.returning(&Sold{Program: p.Ref().ID, Sold: *of})
	if err != nil {
		return nil, nil, err
	}
	effect, err := a.Correct(p, m, of, redraw.Uses)
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: ledger.Correct, At: effect.At, Store: m.Store, Day: effect.Day,
		Subject: ledger.Subject(b.Holder), Program: new(p.Ref()), Postings: effect.Postings(),
		Correct: &ledger.Correction{Entry: of.Effect.Entry, Reason: reasonOf(effect)},
	}
	d := &Decision{Program: p.Ref().ID}
	if of.Effect.Kind == ledger.Sold {
		d.Sale = of.Effect.Entry // its returns count it
		b.noteReturn(d, b.N+1)
	}
	d.Do(a, effect)
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
