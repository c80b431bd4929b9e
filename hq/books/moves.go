package books

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Moves are what a decision moved. A sale gives each of its lines a share of one lot,
// so that most of them differ in line and amount alone: in the row's JSON those in a
// row that do are one, of their sum, and its "lines" are each line with its amount. A
// row of ten lines is a quarter of what it would be, and says the same.
type Moves []loyalty.Move

// alikeMoves is one move, or several in a row that are alike.
type alikeMoves struct {
	loyalty.Move
	Lines []lineMove `json:"lines,omitempty"`
}

// lineMove is a line of the sale and what was moved for it.
type lineMove [2]int64

// MarshalJSON implements json.Marshaler.
func (all Moves) MarshalJSON() ([]byte, error) { return json.Marshal(joined(all)) }

// joined are moves of which those in a row that are alike are one.
func joined(rest []loyalty.Move) (rows []alikeMoves) {
	for len(rest) > 0 {
		first, n := join(rest)
		rows, rest = append(rows, first), rest[n:]
	}
	return rows
}

// UnmarshalJSON implements json.Unmarshaler, also of rows of earlier releases, in
// which each move stands by itself.
func (all *Moves) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var rows []alikeMoves
	if err := dec.Decode(&rows); err != nil {
		return err
	}
	*all = nil
	for i := range rows {
		some, err := rows[i].each()
		if err != nil {
			return err
		}
		*all = append(*all, some...)
	}
	return nil
}

// join makes one of the first of some moves and those behind it that are like it,
// and returns how many they are.
func join(some []loyalty.Move) (one alikeMoves, n int) {
	one.Move = some[0]
	total := some[0].Amount
	for n = 1; n < len(some) && isPart(&some[0]) && onlyLines(&some[0], &some[n]); n++ {
		sum, err := total.Add(some[n].Amount)
		if err != nil {
			break
		}
		total = sum
	}
	if n == 1 {
		return one, 1
	}
	one.Lines = make([]lineMove, n)
	for i, m := range some[:n] {
		one.Lines[i] = lineMove{int64(*m.Line), int64(m.Amount)}
	}
	one.Line, one.Amount = nil, total
	if len(one.Lots) == 1 {
		one.Lots = []ledger.LotShare{{Lot: one.Lots[0].Lot, Amount: total}}
	}
	return one, n
}

// isPart reports whether a move is of one line, and of one lot if of any.
func isPart(m *loyalty.Move) bool {
	return m.Line != nil && len(m.Lots) <= 1 && (len(m.Lots) == 0 || m.Lots[0].Amount == m.Amount)
}

// onlyLines reports whether two moves differ in line and amount alone.
func onlyLines(a, b *loyalty.Move) bool {
	if !isPart(b) || len(a.Lots) != len(b.Lots) || len(a.Lots) == 1 && a.Lots[0].Lot != b.Lots[0].Lot {
		return false
	}
	if a.Lot != b.Lot && (a.Lot == nil || b.Lot == nil || *a.Lot != *b.Lot) {
		return false
	}
	p, q := a.Posting, b.Posting
	p.Line, p.Amount, p.Lot = q.Line, q.Amount, q.Lot
	return p == q
}

// each gives the moves that one stands for.
func (one *alikeMoves) each() ([]loyalty.Move, error) {
	if len(one.Lines) == 0 {
		return []loyalty.Move{one.Move}, nil
	}
	if one.Line != nil || len(one.Lots) > 1 {
		return nil, fmt.Errorf("a move of several lines is of one line, or of several lots")
	}
	all, lines := make([]loyalty.Move, len(one.Lines)), make([]int, len(one.Lines))
	shares := make([]ledger.LotShare, len(one.Lines)*len(one.Lots))
	left := one.Amount
	for i, part := range one.Lines {
		m := one.Move
		lines[i] = int(part[0])
		m.Line, m.Amount = &lines[i], ledger.Points(part[1])
		if len(one.Lots) == 1 {
			shares[i] = ledger.LotShare{Lot: one.Lots[0].Lot, Amount: m.Amount}
			m.Lots = shares[i : i+1 : i+1]
		}
		if m.Amount <= 0 || m.Amount > left {
			return nil, fmt.Errorf("a move's lines are not its amount")
		}
		left -= m.Amount
		all[i] = m
	}
	if left != 0 {
		return nil, fmt.Errorf("a move's lines are not its amount")
	}
	return all, nil
}
