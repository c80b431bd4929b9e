package hq

import (
	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// apply posts an entry to the ledger it was resolved to, once, in one
// transaction of that account. An entry that stands there already only moves
// the place up to which the account counts its terminal.
func (h *Headquarters) apply(u *posting.Unit, it *books.Item) error {
	if it.Early {
		return books.ErrParked
	}
	b, err := u.Open(it.Holder)
	if err != nil {
		return err
	}
	stands := false
	if !it.Fresh {
		if stands, err = records.HasEntry(u.Tx, it.Holder, it.Entry.ID); err != nil {
			return err
		}
	}
	now := ledger.MillisOf(h.now())
	u.NotePlace(it.Holder, posting.Meeting{Place: it.Place, At: now})
	if stands {
		return standsAt(it, u, b, now)
	}
	if books.IsReturn(it.Entry) && !it.Held {
		if it.Sold, err = records.ReadSold(u.Tx, b, it.SoldTo, it.Sale); err != nil {
			return err
		}
		if it.Sold == nil {
			return books.ErrParked
		}
		// The version that gave it takes it back, wherever it comes back.
		it.Program = h.programOf(it.Sold.Entry.Program, it.Sold.Entry.Store, it.Effective(), it.Zone)
	}
	if !it.Held {
		if err := authority.FindRights(u.Tx, it, b); err != nil {
			return err
		}
	}
	d, err := it.Decide(b)
	if err != nil {
		return err
	}
	if err := claims.KeepPerson(u.Tx, h.keys, it, d); err != nil {
		return err
	}
	if err := intend(u, it, d); err != nil {
		return err
	}
	if err := u.Enter(b, d, now); err != nil {
		return err
	}
	it.Counts = d.Counts()
	it.Tell(d)
	flag(u, it)
	noteAlone(u, it, d)
	told, err := h.correct(u, b, books.Limited{Entry: it.Entry, Program: it.Program, Moment: it.Moment(), Decision: d, Terminal: it.Written().Terminal})
	it.Events = append(it.Events, told...)
	return err
}

// standsAt moves the place up to which an account counts a terminal, and where the
// account became another's, that of the other.
func standsAt(it *books.Item, u *posting.Unit, b *books.Books, now ledger.Millis) (err error) {
	u.Touch(b)
	if it.Counts, err = records.CountsAt(u.Tx, it.Holder, it.Entry.ID, it.Place); err != nil {
		return err
	}
	to, err := records.Survivor(u.Tx, it.Holder)
	if err != nil || to == it.Holder {
		return err
	}
	other, err := u.Open(to)
	if err != nil {
		return err
	}
	u.NotePlace(to, posting.Meeting{Place: it.Place, At: now})
	u.Touch(other)
	return nil
}
