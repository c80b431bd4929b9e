package offline

import (
	"cmp"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// unitSums adds up what entries issue and redeem.
type unitSums map[ledger.Unit]ledger.UnitSum

func (u unitSums) add(e *ledger.Entry) (err error) {
	for _, p := range e.Postings {
		sum := u[p.Unit]
		sum.Unit = p.Unit
		if p.From == ledger.Issued {
			if sum.Issued, err = sum.Issued.Add(p.Amount); err != nil {
				return err
			}
		}
		if p.To == ledger.Redeemed {
			if sum.Redeemed, err = sum.Redeemed.Add(p.Amount); err != nil {
				return err
			}
		}
		u[p.Unit] = sum
	}
	return nil
}

func (u unitSums) list() []ledger.UnitSum {
	var list []ledger.UnitSum
	for _, sum := range u {
		list = append(list, sum)
	}
	slices.SortFunc(list, func(a, b ledger.UnitSum) int { return cmp.Compare(a.Unit, b.Unit) })
	return list
}
