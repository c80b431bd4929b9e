package books

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// folded loads books from others that all rows up to one were folded into, as the
// database had them then: nothing that is decided on what it loads changes those.
type folded struct {
	*Books
	bare bool // without lots
}

// Then returns books that have what these have, for one decision.
func (b *Books) Then() *Books { return b.then(false) }

// ThenBare is Then for an item that only earns: no lot is copied for it, of which an
// account that is years old has thousands.
func (b *Books) ThenBare() *Books { return b.then(true) }

func (b *Books) then(bare bool) *Books {
	next := New(b.Holder, folded{b, bare})
	next.N, next.Head, next.Lane, next.Before = b.N, b.Head, b.Lane, b.Before
	return next
}

func (f folded) Account(_ Holder, program string) (*loyalty.Account, error) {
	have := f.Accounts[program]
	switch {
	case have == nil:
		return nil, nil
	case f.bare:
		return have.WithoutLots(), nil
	}
	return have.Left(), nil
}

func (f folded) Lot(_ Holder, name string) (*KeptLot, error) {
	for key, p := range f.Purses() {
		for _, l := range p.Lots {
			if l.Name == name {
				return &KeptLot{key, l}, nil
			}
		}
	}
	return nil, nil
}

func (f folded) Right(_ Holder, id ledger.RightID) (*Right, error) {
	have := f.Rights[id]
	if have == nil {
		return nil, nil
	}
	r := *have
	r.Left, r.Changed = slices.Clone(have.Left), false
	return &r, nil
}

func (f folded) Lane(_ Holder, program string) (ledger.TerminalID, error) {
	return f.Lanes[program], nil
}

func (f folded) Open(Holder) (open []*Right, err error) {
	for _, r := range f.Rights {
		if r.State == RightOpen {
			open = append(open, r)
		}
	}
	slices.SortFunc(open, func(a, b *Right) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return open, nil
}

func (f folded) Lots(_ Holder, program string) (names []string, err error) {
	if a := f.Accounts[program]; a != nil {
		for _, p := range a.Purses {
			for _, l := range p.Lots {
				names = append(names, l.Name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}
