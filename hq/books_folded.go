package hq

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// folded loads books from others that all rows up to one were folded into, as the
// database had them then: nothing that is decided on what it loads changes those.
type folded struct{ *books }

// then returns books that have what these have, for one decision.
func (b *books) then() *books {
	next := newBooks(b.holder, folded{b})
	next.n, next.head, next.lane, next.before = b.n, b.head, b.lane, b.before
	return next
}

func (f folded) account(_ holder, program string) (*loyalty.Account, error) {
	have := f.accounts[program]
	if have == nil {
		return nil, nil
	}
	a := have.Clone()
	for _, p := range a.Purses {
		p.Lots = slices.DeleteFunc(p.Lots, func(l loyalty.Lot) bool { return l.Left == 0 })
	}
	return a, nil
}

func (f folded) lot(_ holder, name string) (*keptLot, error) {
	for key, p := range f.purses() {
		for _, l := range p.Lots {
			if l.Name == name {
				return &keptLot{key, l}, nil
			}
		}
	}
	return nil, nil
}

func (f folded) right(_ holder, id ledger.RightID) (*heldRight, error) {
	have := f.rights[id]
	if have == nil {
		return nil, nil
	}
	r := *have
	r.lots, r.changed = slices.Clone(have.lots), false
	return &r, nil
}

func (f folded) lane(_ holder, program string) (ledger.TerminalID, error) {
	return f.lanes[program], nil
}

func (f folded) open(holder) (open []*heldRight, err error) {
	for _, r := range f.rights {
		if r.state == rightOpen {
			open = append(open, r)
		}
	}
	slices.SortFunc(open, func(a, b *heldRight) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return open, nil
}

func (f folded) lots(_ holder, program string) (names []string, err error) {
	if a := f.accounts[program]; a != nil {
		for _, p := range a.Purses {
			for _, l := range p.Lots {
				names = append(names, l.Name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}
