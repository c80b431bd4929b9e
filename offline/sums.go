package offline

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// unitSums adds up what entries issue and redeem.
type unitSums map[ledger.Unit]ledger.UnitSum

// add adds an entry, or, where that is more than a sum can be, nothing.
func (u unitSums) add(body []byte) (err error) {
	with := maps.Clone(u)
	for _, p := range readFar(body).Postings {
		sum := with[p.Unit]
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
		with[p.Unit] = sum
	}
	maps.Copy(u, with)
	return nil
}

// readFar reads an entry; one that another release wrote as far as its postings and what
// travels beside it go: it is sent as it stands.
func readFar(body []byte) *ledger.Entry {
	e, err := ledger.Decode(body)
	if err == nil {
		return e
	}
	var later struct {
		Attachment ledger.Hash      `json:"attachment"`
		Postings   []ledger.Posting `json:"postings"`
	}
	if json.Unmarshal(body, &later) != nil {
		return new(ledger.Entry) // headquarters, which can read it, tells that its sums differ
	}
	return &ledger.Entry{Attachment: later.Attachment, Postings: later.Postings}
}

func (u unitSums) list() []ledger.UnitSum {
	var list []ledger.UnitSum
	for _, sum := range u {
		list = append(list, sum)
	}
	slices.SortFunc(list, func(a, b ledger.UnitSum) int { return cmp.Compare(a.Unit, b.Unit) })
	return list
}
