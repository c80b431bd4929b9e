package audit

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ends takes again all that an account had which is nobody's.
func (a *again) ends(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	nobodys, err := records.IsNobodys(a.tx, b.Holder)
	if err != nil {
		return nil, err
	}
	if !nobodys {
		return nil, errors.New("its units end, and it is not an account of who was erased")
	}
	m, err := a.moment(b, r.decision.Program, e.At)
	if err != nil {
		return nil, err
	}
	by := a.at(r).Named(&ledger.ProgramRef{ID: r.decision.Program}, "", m.At, m.Zone)
	return whole(b)(b.Ending(by, r.decision.Program, m))
}

// hasErased reports whether anybody was erased of whom an account may have been.
func (a *again) hasErased(of books.Holder) (erased bool, err error) {
	to, err := records.Survivor(a.tx, of)
	if err != nil {
		return false, err
	}
	err = a.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erasure WHERE account IN ($1, $2) OR member = $3)`, of, to, of).Scan(&erased)
	return erased, err
}

// born are the profiles of who was erased: the month in which she was born is erased with
// her.
func born(then loyalty.Profile) (all []loyalty.Profile) {
	for month := 1; month <= 12; month++ {
		all = append(all, loyalty.Profile{BirthMonth: month, Segments: then.Segments})
	}
	return all
}
