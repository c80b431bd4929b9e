package ledger

import (
	"cmp"
	"slices"
	"strings"
)

// Condense replaces a sale's lines by their sums per set of categories, and
// its postings by their sums per rule or reward, for a basket that does not
// fit MaxBody. The sale says so; totals and what was earned stay as they were.
func (e *Entry) Condense() error {
	lines, err := sumLines(e.Sale.Lines)
	if err != nil {
		return err
	}
	postings, err := sumPostings(e.Postings)
	if err != nil {
		return err
	}
	e.Sale.Lines, e.Sale.Condensed, e.Postings = lines, true, postings
	e.Statuses = slices.Clone(e.Statuses)
	for i := range e.Statuses {
		e.Statuses[i].Line = nil // none of those that are kept
	}
	return nil
}

func sumLines(lines []Line) ([]Line, error) {
	sums := map[string]*Line{}
	for _, line := range lines {
		key := strings.Join(line.Categories, "\x00")
		sum := sums[key]
		if sum == nil {
			sum = &Line{Categories: line.Categories}
			sums[key] = sum
		}
		if err := sum.add(line); err != nil {
			return nil, err
		}
	}
	var out []Line
	for _, sum := range sums {
		out = append(out, *sum)
	}
	slices.SortFunc(out, func(a, b Line) int { return slices.Compare(a.Categories, b.Categories) })
	return out, nil
}

func (l *Line) add(other Line) (err error) {
	if l.Net, err = l.Net.Add(other.Net); err != nil {
		return err
	}
	if l.Gross, err = l.Gross.Add(other.Gross); err != nil {
		return err
	}
	if l.Discount, err = l.Discount.Add(other.Discount); err != nil {
		return err
	}
	l.Quantity, err = addInt64(l.Quantity, other.Quantity)
	return err
}

func sumPostings(postings []Posting) ([]Posting, error) {
	var out []Posting
	at := map[Posting]int{}
	for _, p := range postings {
		key := p
		key.Amount, key.Line, key.Lot = 0, nil, nil
		i, ok := at[key]
		if !ok {
			p.Line = nil
			at[key] = len(out)
			out = append(out, p)
			continue
		}
		sum, err := out[i].Amount.Add(p.Amount)
		if err != nil {
			return nil, err
		}
		out[i].Amount = sum
	}
	slices.SortStableFunc(out, func(a, b Posting) int { return cmp.Compare(a.Unit, b.Unit) })
	return out, nil
}
