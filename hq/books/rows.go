package books

import (
	"encoding/json"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What the books say is a row of each of these tables, as values in the order of its
// columns, without the account's own name.

// AccountRows are those of table account: one, of what an account has beside marks.
func (b *Books) AccountRows() ([][]any, error) {
	return [][]any{{b.N, b.Head, b.Lane.Terminal, b.Lane.Program}}, nil
}

// BalanceRows are those of table balance.
func (b *Books) BalanceRows() (rows [][]any, err error) {
	for key, p := range b.Purses() {
		row, err := BalanceCells(key, p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// BalanceCells are the row of a balance.
func BalanceCells(key BalanceKey, have *loyalty.Purse) ([]any, error) {
	idled := []byte(NeverIdled)
	if len(have.Idled) > 0 {
		var err error
		if idled, err = json.Marshal(have.Idled); err != nil {
			return nil, err
		}
	}
	return []any{key.Program, key.Unit, have.Available, have.Pending, have.Receivable, string(idled)}, nil
}

// LotRows are those of table lot.
func (b *Books) LotRows() (rows [][]any, err error) {
	for key, p := range b.Purses() {
		for _, l := range p.Lots {
			row, err := KeptLot{key, l}.Cells()
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Cells are the row of a lot.
func (l KeptLot) Cells() ([]any, error) {
	promise, err := promiseText(l.Terms.Promise)
	return []any{
		l.Name, l.Order, l.Of.Program, l.Of.Unit, l.Amount, l.Left, l.Pending,
		l.Terms.VestsAt, l.Terms.ExpiresAt, l.Since, l.Vested, l.Terms.Idle, promise,
	}, err
}

// StateRows are those of table member_state.
func (b *Books) StateRows() (rows [][]any, err error) {
	for program, a := range b.Accounts {
		if !a.Remembered {
			continue
		}
		text, err := json.Marshal(&a.State)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []any{program, text})
	}
	return rows, nil
}

// RightRows are those of table account_right.
func (b *Books) RightRows() (rows [][]any, err error) {
	for _, r := range b.Rights {
		rows = append(rows, r.Cells())
	}
	return rows, nil
}

// Cells are the row of a right.
func (r *Right) Cells() []any {
	return []any{
		r.ID, r.Terminal, r.Epoch, r.Branch, r.Program, r.Unit, r.Amount, r.Spent, r.Returned, r.State,
		r.SpendUntil, r.ReclaimAt, r.Grant, r.N, r.Parent,
	}
}

// RightLotRows are those of table account_right_lot.
func (b *Books) RightLotRows() (rows [][]any, err error) {
	for _, r := range b.Rights {
		for place, share := range r.Left {
			rows = append(rows, []any{r.ID, place, share.Lot, share.Amount})
		}
	}
	return rows, nil
}

// LaneRows are those of table account_lane.
func (b *Books) LaneRows() (rows [][]any, err error) {
	for program, terminal := range b.Lanes {
		rows = append(rows, []any{program, terminal})
	}
	return rows, nil
}

// ReturnRows are those of table sale_return.
func (b *Books) ReturnRows() (rows [][]any, err error) {
	for sale, all := range b.Returns {
		for _, n := range all {
			rows = append(rows, []any{sale, n})
		}
	}
	return rows, nil
}

// SegmentRows are those of table member_segment.
func (b *Books) SegmentRows() (rows [][]any, err error) {
	for in, n := range b.Segments {
		if n > 0 {
			rows = append(rows, []any{in.Member, in.Segment, n})
		}
	}
	return rows, nil
}

// Purses are those of all programs.
func (b *Books) Purses() map[BalanceKey]*loyalty.Purse {
	all := map[BalanceKey]*loyalty.Purse{}
	for program, a := range b.Accounts {
		for unit, p := range a.Purses {
			all[BalanceKey{program, unit}] = p
		}
	}
	return all
}

// NeverIdled is kept of a unit that no idleness ends, as most are.
const NeverIdled = "[]"

// promiseText is how a promise is kept; empty where there is none.
func promiseText(p ledger.Promise) (string, error) {
	if p == (ledger.Promise{}) {
		return "", nil
	}
	text, err := json.Marshal(p)
	return string(text), err
}
