package offline

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// unitSums adds up what entries issue and redeem.
type unitSums map[ledger.Unit]ledger.UnitSum

func (u unitSums) add(body []byte) (err error) {
	for _, p := range postingsOf(body) {
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

// postingsOf gives those of an entry. One that another release wrote is read as far as
// they go: it is sent as it stands.
func postingsOf(body []byte) []ledger.Posting {
	e, err := ledger.Decode(body)
	if err == nil {
		return e.Postings
	}
	var later struct {
		Postings []ledger.Posting `json:"postings"`
	}
	if json.Unmarshal(body, &later) != nil {
		return nil // headquarters, which can read it, tells that its sums differ
	}
	return later.Postings
}

func (u unitSums) list() []ledger.UnitSum {
	var list []ledger.UnitSum
	for _, sum := range u {
		list = append(list, sum)
	}
	slices.SortFunc(list, func(a, b ledger.UnitSum) int { return cmp.Compare(a.Unit, b.Unit) })
	return list
}
