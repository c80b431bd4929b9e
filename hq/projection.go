package hq

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// projection is a table that is nothing but what the rows of ledgers add up to: each
// of its rows is an account's.
type projection struct {
	table string
	what  string // one of its rows, in words
	// keys tell the rows of an account apart, values is what else they have. The
	// column account stands before both.
	keys, values string
	rows         func(*books) ([][]any, error)
}

// projections are all but that of the account itself, which has marks beside its
// sums, and that of what is due (projection_compare.go). balance.idled is of an earlier release,
// and nobody reads it.
var projections = []projection{
	{"balance", "balance", "program, unit", "available, pending, receivable, idled_after", (*books).balanceRows},
	{"lot", "lot", "lot", "n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested, idle, promise", (*books).lotRows},
	{"member_state", "memory of program", "program", "state", (*books).stateRows},
	{"account_right", "right", "right_id",
		"terminal, epoch, branch, program, unit, amount, spent, returned, state, spend_until_ms, reclaim_at_ms, entry, n", (*books).rightRows},
	{"account_right_lot", "lot of right", "right_id, place", "lot, rest", (*books).rightLotRows},
	{"account_lane", "lane of program", "program", "terminal", (*books).laneRows},
	{"sale_return", "return of sale", "sale, n", "", (*books).returnRows},
	{"member_segment", "segment of member", "member, segment", "n", (*books).segmentRows},
}

// accountSums are what the row of an account has beside its marks. Every account that
// was ever touched has one.
var accountSums = projection{"account", "account", "", "n, head, last_terminal, last_program", (*books).accountRows}

func (b *books) accountRows() ([][]any, error) {
	return [][]any{{b.n, b.head, b.lane.terminal, b.lane.program}}, nil
}

// columns are those of keys and values, in order.
func (p *projection) columns() []string {
	return strings.Split(strings.Trim(p.keys+", "+p.values, ", "), ", ")
}

func (p *projection) keyed() int {
	if p.keys == "" {
		return 0
	}
	return strings.Count(p.keys, ",") + 1
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
		r.SpendUntil, r.ReclaimAt, r.entry, r.n,
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
