package audit

import (
	"errors"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// falls decides again what fell due when a ledger was looked at: this row, and those
// of the same look that have to follow.
func (a *again) falls(b *books.Books, r *ledgerRow) (*books.Decision, error) {
	p := a.at(r).Find(r.decision.Program)
	if p == nil {
		return nil, publication.ErrNone
	}
	profiles, err := a.profiles(b)
	if err != nil {
		return nil, err
	}
	for _, who := range profiles {
		due, err := a.due(b.Then(), p, r.recorded, who)
		if err != nil {
			return nil, err
		}
		if len(due) == 0 {
			continue
		}
		d, err := due[0](b)
		if err != nil {
			return nil, err
		}
		if r.is(d) {
			a.next = due[1:]
			return d, nil
		}
	}
	return nil, errors.New("it was not due, or not this")
}

// due decides what was due under a program, each as the row that it becomes.
func (a *again) due(b *books.Books, p *publication.Program, now ledger.Millis, who loyalty.Profile) (rows []func(*books.Books) (*books.Decision, error), err error) {
	m, err := a.moment(b, p.ID, now)
	if err != nil {
		return nil, err
	}
	have, err := b.Account(p.ID)
	if err != nil {
		return nil, err
	}
	have.State.Rows = b.N
	if have.Placed, err = records.PlacedUses(a.tx, b, p.On(m.Day()), m, ledger.TerminalID{}); err != nil {
		return nil, err
	}
	effects, err := p.Pass(have, m, who)
	for _, e := range effects {
		rows = append(rows, func(b *books.Books) (*books.Decision, error) {
			return whole(b)(e.OwnEntry(b.Holder), under(p.ID, have, e.Effect), nil)
		})
	}
	return rows, err
}

// profiles are what may have been known of the member beside her ledger when a row
// was written: who is in an account and what is known of her changes, and the
// ledger has it only in part.
func (a *again) profiles(b *books.Books) ([]loyalty.Profile, error) {
	if a.whose.of != b.Holder {
		var err error
		if a.whose, err = a.knownOf(b.Holder); err != nil {
			return nil, err
		}
	}
	then := loyalty.Profile{BirthMonth: a.whose.now.BirthMonth}
	for in, n := range b.Segments {
		if n > 0 {
			then.Segments = append(then.Segments, in.Segment)
		}
	}
	slices.Sort(then.Segments)
	all := []loyalty.Profile{a.whose.now, then, {}}
	if a.whose.erased {
		all = append(all, born(then)...)
	}
	return all, nil
}

// whose is what is known of whom a ledger is, which no row of it changes.
type whose struct {
	of     books.Holder
	now    loyalty.Profile
	erased bool // somebody was who was in the account
}

func (a *again) knownOf(of books.Holder) (w whose, err error) {
	w.of = of
	if w.now, err = records.ProfileOf(a.tx, a.Keys, of); err == nil {
		w.erased, err = a.hasErased(of)
	}
	return w, err
}
