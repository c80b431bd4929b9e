package books

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// LeavingID is the entry by which a sale leaves its ledger.
func LeavingID(sale ledger.EntryID) ledger.EntryID {
	return ledger.EntryID(OwnID("leave", sale.String()))
}

// Emptying completes the entry with which all leaves that is left of a sale.
func (b *Books) Emptying(sold *Item, of *ledger.Entry, now ledger.Millis, to ledger.LedgerAccount) (*ledger.Entry, *Decision, error) {
	a, err := b.Account(sold.Entry.Program.ID)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.N
	m := loyalty.Moment{At: now, Zone: sold.Zone, Store: sold.Entry.Store}
	effect, err := a.Leave(sold.Program, of.ID, of.Kind, m, to)
	if err != nil {
		return nil, nil, err
	}
	e := *of
	e.V, e.At, e.Store, e.Day, e.Subject = ledger.Version, now, sold.Entry.Store, effect.Day, ledger.Subject(b.Holder)
	e.Program, e.Postings = sold.Entry.Program, effect.Postings()
	d := &Decision{Program: sold.Entry.Program.ID}
	d.Do(a, effect)
	return &e, d, nil
}

// Ending is the entry with which all ends that the books have under a program; nil
// where that is nothing.
func (b *Books) Ending(by *loyalty.Program, program string, m loyalty.Moment) (*ledger.Entry, *Decision, error) {
	a, err := b.Account(program)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.N
	effect, err := a.Leave(by, EndErasedID(b, program), ledger.Expire, m, ledger.Expired)
	if err != nil || len(effect.Moves) == 0 {
		return nil, nil, err
	}
	d := &Decision{Program: program}
	d.Do(a, effect)
	return Passed{effect, by}.OwnEntry(b.Holder), d, nil
}

// EndErasedID is the entry with which all ends that a ledger has under a program.
func EndErasedID(b *Books, program string) ledger.EntryID {
	return ledger.EntryID(OwnID("end erased", string(b.Holder), program, fmt.Sprint(b.N)))
}

// DropID is the entry with which a sale ends that nobody confirmed or claimed in time.
func DropID(of Holder) ledger.EntryID { return ledger.EntryID(OwnID("drop", string(of))) }
