package hq

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func (b *books) accountRows() ([][]any, error) {
	return [][]any{{b.n, b.head, b.lane.terminal, b.lane.program}}, nil
}

func (b *books) balanceRows() (rows [][]any, err error) {
	for key, p := range b.purses() {
		row, err := balanceCells(key, p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func balanceCells(key balanceKey, have *loyalty.Purse) ([]any, error) {
	idled := []byte(neverIdled)
	if len(have.Idled) > 0 {
		var err error
		if idled, err = json.Marshal(have.Idled); err != nil {
			return nil, err
		}
	}
	return []any{key.program, key.unit, have.Available, have.Pending, have.Receivable, string(idled)}, nil
}

func (b *books) lotRows() (rows [][]any, err error) {
	for key, p := range b.purses() {
		for _, l := range p.Lots {
			row, err := keptLot{key, l}.cells()
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (l keptLot) cells() ([]any, error) {
	promise, err := promiseText(l.Terms.Promise)
	return []any{
		l.Name, l.Order, l.of.program, l.of.unit, l.Amount, l.Left, l.Pending,
		l.Terms.VestsAt, l.Terms.ExpiresAt, l.Since, l.Vested, l.Terms.Idle, promise,
	}, err
}

func (b *books) stateRows() (rows [][]any, err error) {
	for program, a := range b.accounts {
		if !a.remembered {
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

func (b *books) rightRows() (rows [][]any, err error) {
	for _, r := range b.rights {
		rows = append(rows, r.cells())
	}
	return rows, nil
}

func (r *heldRight) cells() []any {
	return []any{
		r.ID, r.Terminal, r.Epoch, r.Branch, r.Program, r.Unit, r.Amount, r.spent, r.returned, r.state,
		r.SpendUntil, r.ReclaimAt, r.entry, r.n, r.Parent,
	}
}

func (b *books) rightLotRows() (rows [][]any, err error) {
	for _, r := range b.rights {
		for place, share := range r.lots {
			rows = append(rows, []any{r.ID, place, share.Lot, share.Amount})
		}
	}
	return rows, nil
}

func (b *books) laneRows() (rows [][]any, err error) {
	for program, terminal := range b.lanes {
		rows = append(rows, []any{program, terminal})
	}
	return rows, nil
}

func (b *books) returnRows() (rows [][]any, err error) {
	for sale, all := range b.returns {
		for _, n := range all {
			rows = append(rows, []any{sale, n})
		}
	}
	return rows, nil
}

func (b *books) segmentRows() (rows [][]any, err error) {
	for in, n := range b.segments {
		if n > 0 {
			rows = append(rows, []any{in.member, in.segment, n})
		}
	}
	return rows, nil
}

// purses are those of all programs.
func (b *books) purses() map[balanceKey]*loyalty.Purse {
	all := map[balanceKey]*loyalty.Purse{}
	for program, a := range b.accounts {
		for unit, p := range a.Purses {
			all[balanceKey{program, unit}] = p
		}
	}
	return all
}

// freeOf adds up what lots have that is neither pending nor set aside.
func freeOf(p *loyalty.Purse) (total ledger.Points, err error) {
	for _, l := range p.Lots {
		if l.Pending {
			continue
		}
		if total, err = total.Add(l.Left); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// cell is a value as a row of a table has it, for comparing and for words.
func cell(value any) string {
	switch v := value.(type) {
	case []byte:
		return string(v)
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(value)
}

// inOrder sorts rows by their keys.
func inOrder(rows [][]string, keyed int) {
	slices.SortFunc(rows, func(a, b []string) int { return compareKeys(a, b, keyed) })
}

func compareKeys(a, b []string, keyed int) int {
	for i := range keyed {
		if c := cmp.Compare(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}
