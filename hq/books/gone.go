package books

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// GoingOver decides with what all leaves that the ledger has under a program; with
// nothing where it has nothing.
func (b *Books) GoingOver(p *loyalty.Program, program string, to ledger.AccountID, m loyalty.Moment) (*ledger.Entry, *Decision, error) {
	a, err := b.withAllLots(program)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.N
	id := GoOverID(b, program)
	effect, err := a.GoOver(p, id, m)
	if err != nil {
		return nil, nil, err
	}
	d := &Decision{Program: program}
	d.Do(a, effect)
	if err := b.releaseRights(d, id); err != nil {
		return nil, nil, err
	}
	if len(d.Moves)+len(d.Rights) == 0 && effect.Gone.IsEmpty() {
		return nil, nil, nil
	}
	if d.Lane, err = b.LaneOf(program); err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: id, Kind: ledger.Transfer, At: m.At, Day: effect.Day, Subject: ledger.Subject(b.Holder),
		Program: &ledger.ProgramRef{ID: program}, Postings: Postings(d.Moves),
		Transfer: &ledger.TransferOf{Entry: ArrivalOf(id), Account: to},
	}
	return e, d, nil
}

// GoOverID is the entry with which all leaves that a ledger has under a program.
func GoOverID(b *Books, program string) ledger.EntryID {
	return ledger.EntryID(OwnID("go over", string(b.Holder), program, fmt.Sprint(b.N)))
}

// withAllLots is what the ledger has under a program, with the lots of which
// nothing is left: returns find them at the survivor.
func (b *Books) withAllLots(program string) (*Account, error) {
	names, err := b.From.Lots(b.Holder, program)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := b.needLot(program, name); err != nil {
			return nil, err
		}
	}
	return b.Account(program)
}
