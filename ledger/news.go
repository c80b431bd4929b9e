package ledger

import "errors"

// Delta is what an entry adds to an account's balances of one unit.
type Delta struct {
	Unit      Unit   `json:"unit"`
	Available Points `json:"available,omitempty"`
	Escrowed  Points `json:"escrowed,omitempty"`
	Pending   Points `json:"pending,omitempty"`
}

// IsZero reports whether nothing is added.
func (d Delta) IsZero() bool { return d == Delta{Unit: d.Unit} }

// News is what a store's lane told its hub: what an entry adds to an account, for
// the other lanes to show until headquarters' own row counts it. Nobody spends it.
type News struct {
	Position Position  `json:"position"` // in the hub's list
	Entry    EntryID   `json:"entry"`
	Place    Place     `json:"place"` // the last one it was told at
	Account  AccountID `json:"account"`
	Program  string    `json:"program,omitempty"`
	// Deltas are none of an entry that was told and is to be shown no more.
	Deltas []Delta `json:"deltas"`
}

// Deltas sums an entry's postings by unit.
func (e *Entry) Deltas() ([]Delta, error) {
	var out []Delta
	for _, p := range e.Postings {
		i := 0
		for i < len(out) && out[i].Unit != p.Unit {
			i++
		}
		if i == len(out) {
			out = append(out, Delta{Unit: p.Unit})
		}
		if err := errors.Join(out[i].move(p.From, -p.Amount), out[i].move(p.To, p.Amount)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *Delta) move(account LedgerAccount, amount Points) (err error) {
	if to := d.side(account); to != nil {
		*to, err = to.Add(amount)
	}
	return err
}

// side is the balance a ledger account stands for; nil for the program's own.
func (d *Delta) side(account LedgerAccount) *Points {
	switch account {
	case Available:
		return &d.Available
	case Pending:
		return &d.Pending
	}
	if _, escrow := account.Right(); escrow {
		return &d.Escrowed
	}
	return nil
}
