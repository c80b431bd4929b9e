package loyalty

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Rest is a sale and what came back of it so far. RestOf makes it; it does not
// change.
type Rest struct {
	currency ledger.Currency
	total    ledger.Minor
	lines    []ledger.Line
	back     []ledger.ReturnedLine // of each line
	seen     []bool                // something came back of the line
	gone     bool                  // all of a sale without lines came back
	void     bool                  // it is as if it had not been
	flows    []flow
	at       map[flowKey]int // into flows
	// earned are the flows, by index, that one line earned of one unit: they come
	// back together.
	earned map[earnedKey][]int
	// cut is what limits left none of: no return is asked for it, nor shares it.
	cut map[earnedKey]ledger.Points
}

type earnedKey struct {
	unit ledger.Unit
	line int // -1 for the whole sale
}

// flow is what one rule gave on one line, or what one reward cost, and how
// much of that has come back. Its posting is what takes or gives it back.
type flow struct {
	ledger.Posting // Amount is all of it
	done           ledger.Points
	// kept says that no return brings it back, only a void: what a reward cost
	// that took nothing off the sale, and the voucher that was bought.
	kept bool
}

type flowKey struct {
	unit         ledger.Unit
	rule, reward string
	line         int // -1 for the whole sale
	given        bool
}

// keyOf finds the flow of a posting that takes or gives back.
func keyOf(p ledger.Posting) flowKey {
	k := flowKey{unit: p.Unit, rule: p.Rule, reward: p.Reward, line: -1, given: p.From == ledger.Redeemed}
	if p.Line != nil && !k.given {
		k.line = *p.Line
	}
	return k
}

// RestOf returns what is left of a sale after returns and voids of it. An error
// says that they cannot be of this sale, or that it cannot be counted.
func RestOf(sale *ledger.Entry, before []Back) (*Rest, error) {
	if sale.Sale == nil {
		return nil, fmt.Errorf("entry %s is no sale", sale.ID)
	}
	r := &Rest{
		currency: sale.Sale.Currency, total: sale.Sale.Total, lines: sale.Sale.Lines,
		back: make([]ledger.ReturnedLine, len(sale.Sale.Lines)), seen: make([]bool, len(sale.Sale.Lines)),
		at: map[flowKey]int{}, earned: map[earnedKey][]int{},
	}
	if err := r.count(); err != nil {
		return nil, fmt.Errorf("sale %s: %w", sale.ID, err)
	}
	kept := keptRewards(sale.Sale.Rewards)
	for _, p := range sale.Postings {
		if err := r.addFlow(p, kept); err != nil {
			return nil, fmt.Errorf("sale %s: %w", sale.ID, err)
		}
	}
	if err := r.countFlows(); err != nil {
		return nil, fmt.Errorf("sale %s: %w", sale.ID, err)
	}
	for _, b := range before {
		if err := r.add(b); err != nil {
			return nil, fmt.Errorf("returns of sale %s: %w", sale.ID, err)
		}
	}
	return r, nil
}

// count makes sure that the sums over the lines can be counted.
func (r *Rest) count() error {
	var gross ledger.Minor
	var quantity ledger.Points // only to be added up safely
	for i, line := range r.lines {
		if line.Gross < 0 || line.Net < 0 || line.Quantity < 0 || line.Discount < 0 || line.Discount > line.Gross {
			return fmt.Errorf("line %d has something below 0", i)
		}
		var err error
		if gross, err = gross.Add(line.Gross); err != nil {
			return err
		}
		if quantity, err = quantity.Add(ledger.Points(line.Quantity)); err != nil {
			return err
		}
	}
	return nil
}

// countFlows makes sure that what the sale earned of a unit can be counted, and
// finds what comes back together.
func (r *Rest) countFlows() error {
	sums := map[ledger.Unit]ledger.Points{}
	for i, f := range r.flows {
		if f.From == ledger.Redeemed {
			continue
		}
		var err error
		if sums[f.Unit], err = sums[f.Unit].Add(f.Amount); err != nil {
			return err
		}
		if !f.kept {
			key := f.earnedKey()
			r.earned[key] = append(r.earned[key], i)
		}
	}
	return nil
}

func (f *flow) earnedKey() earnedKey {
	key := keyOf(f.Posting)
	return earnedKey{key.unit, key.line}
}

// keptRewards are those that took nothing off the sale: a gift card, a donation,
// a voucher for later.
func keptRewards(rewards []ledger.Taken) map[string]bool {
	kept := map[string]bool{}
	for _, taken := range rewards {
		if taken.Benefit != "" || taken.Bought {
			kept[taken.Reward] = true
		}
	}
	return kept
}

// addFlow notes what a posting of the sale earned or cost.
func (r *Rest) addFlow(p ledger.Posting, kept map[string]bool) error {
	back := ledger.Posting{Unit: p.Unit, Amount: p.Amount}
	_, use := p.Unit.Use()
	switch {
	case use:
		return nil // a void gives back what was drawn on its limit
	case p.To == ledger.Redeemed:
		back.From, back.To, back.Reward = ledger.Redeemed, ledger.Available, p.Reward
	case p.From == ledger.Issued:
		back.From, back.To, back.Rule, back.Line = ledger.Available, ledger.Issued, p.Rule, p.Line
		back.Reward = p.Reward
		if p.To == ledger.Pending {
			back.From = ledger.Pending
		}
	default:
		return nil
	}
	if back.Line != nil && (*back.Line < 0 || *back.Line >= len(r.lines)) {
		back.Line = nil // of no line that is kept
	}
	key := keyOf(back)
	i, known := r.at[key]
	if !known {
		r.at[key] = len(r.flows)
		bought := p.From == ledger.Issued && p.Rule == "" && p.Reward != ""
		r.flows = append(r.flows, flow{Posting: back, kept: bought || kept[p.Reward]})
		return nil
	}
	if back.From == ledger.Pending {
		r.flows[i].From = back.From
	}
	var err error
	r.flows[i].Amount, err = r.flows[i].Amount.Add(back.Amount)
	return err
}

// add counts what came back already.
func (r *Rest) add(b Back) error {
	for _, line := range b.Lines {
		if line.Line < 0 || line.Line >= len(r.lines) {
			return fmt.Errorf("there is no line %d", line.Line)
		}
		left := r.leftOf(line.Line)
		if line.Gross > left.Gross || line.Net > left.Net || line.Quantity > left.Quantity || line.Discount > left.Discount {
			return r.excess(line.Line)
		}
		r.put(line.Line, line)
	}
	for _, p := range b.Postings {
		i, known := r.at[keyOf(p)]
		if !known || p.Amount > r.flows[i].Amount-r.flows[i].done {
			return fmt.Errorf("more %s came back than there were", p.Unit)
		}
		r.flows[i].done += p.Amount
	}
	r.gone = r.gone || b.Total > 0 || len(b.Postings) > 0
	r.void = r.void || b.Void
	return nil
}

// put counts an amount that is left.
func (r *Rest) put(i int, line ledger.ReturnedLine) {
	back := &r.back[i]
	back.Gross += line.Gross
	back.Net += line.Net
	back.Quantity += line.Quantity
	back.Discount += line.Discount
	r.seen[i] = true
}

func (r *Rest) clone() *Rest {
	next := *r
	next.back, next.seen = slices.Clone(r.back), slices.Clone(r.seen)
	return &next
}

// leftOf returns what is left of a line, or of all of them for -1.
func (r *Rest) leftOf(i int) ledger.ReturnedLine {
	if i >= 0 {
		line, back := r.lines[i], r.back[i]
		return ledger.ReturnedLine{
			Line: i, Quantity: line.Quantity - back.Quantity, Net: line.Net - back.Net, Gross: line.Gross - back.Gross,
			Discount: line.Discount - back.Discount,
		}
	}
	var sum ledger.ReturnedLine
	if len(r.lines) == 0 && !r.gone {
		sum.Gross = r.total
	}
	for i := range r.lines {
		left := r.leftOf(i) // none of the sums is above the sale's, which count looked at
		sum.Quantity += left.Quantity
		sum.Net += left.Net
		sum.Gross += left.Gross
		sum.Discount += left.Discount
	}
	return sum
}

func (r *Rest) excess(i int) *ExcessReturn {
	return &ExcessReturn{Line: i, Left: r.leftOf(i), Currency: r.currency}
}

// share says how much of something came back: part of all, by price, or by
// quantity where nothing has a price.
type share struct{ part, all int64 }

func (s share) whole() bool { return s.part >= s.all }

func (r *Rest) line(i int) share {
	line, back := r.lines[i], r.back[i]
	switch {
	case line.Gross > 0:
		return share{int64(back.Gross), int64(line.Gross)}
	case line.Quantity > 0:
		return share{back.Quantity, line.Quantity}
	case r.seen[i]:
		return share{1, 1}
	}
	return share{0, 1}
}

// sale is the share of what stands for no line: of a basket that was too large
// to keep, whose lines are sums, for one.
func (r *Rest) sale() share {
	if len(r.lines) == 0 {
		if r.gone {
			return share{1, 1}
		}
		return share{0, 1}
	}
	var gross, quantity, count share
	for i, line := range r.lines {
		gross.part, gross.all = gross.part+int64(r.back[i].Gross), gross.all+int64(line.Gross)
		quantity.part, quantity.all = quantity.part+r.back[i].Quantity, quantity.all+line.Quantity
		count.all++
		if r.seen[i] {
			count.part++
		}
	}
	switch {
	case gross.all > 0:
		return gross
	case quantity.all > 0:
		return quantity
	}
	return count
}

// discount is the share of loyalty's discount that came back.
func (r *Rest) discount() share {
	var s share
	for i, line := range r.lines {
		s.part, s.all = s.part+int64(r.back[i].Discount), s.all+int64(line.Discount)
	}
	if s.all == 0 {
		return r.sale()
	}
	return s
}

// comeBack counts what is wanted of a line, filled in, as far as it is left.
func (r *Rest) comeBack(at int, want ledger.ReturnedLine) (cut *ExcessReturn, err error) {
	if want.Line < 0 || want.Line >= len(r.lines) {
		return nil, &InvalidBasket{fmt.Sprintf("line_items[%d].line", at), fmt.Sprintf("the sale has no line %d", want.Line)}
	}
	if want.Quantity < 0 || want.Net < 0 || want.Gross < 0 {
		return nil, &InvalidBasket{fmt.Sprintf("line_items[%d]", at), "what comes back is not negative"}
	}
	i := want.Line
	left := r.leftOf(i)
	if r.line(i).whole() {
		return r.excess(i), nil
	}
	if r.lines[i].Quantity == 0 {
		want.Quantity = 0 // the sale did not say either
	}
	if want.Quantity > left.Quantity || want.Net > left.Net || want.Gross > left.Gross {
		cut = r.excess(i)
	}
	r.put(i, r.fill(i, want, left))
	return cut, nil
}

// fill returns what is wanted of a line, as far as it is left, with what it
// leaves unsaid.
func (r *Rest) fill(i int, want, left ledger.ReturnedLine) ledger.ReturnedLine {
	line, back := r.lines[i], r.back[i]
	said := want
	want.Gross, want.Net, want.Quantity = min(said.Gross, left.Gross), min(said.Net, left.Net), min(said.Quantity, left.Quantity)
	after := func(whole, before int64, s share) int64 { return max(0, upTo(whole, s.part, s.all)-before) }
	switch {
	case said.Gross > 0 || line.Gross == 0:
	case said.Quantity > 0:
		want.Gross = ledger.Minor(after(int64(line.Gross), int64(back.Gross), share{back.Quantity + want.Quantity, line.Quantity}))
	case said.Net > 0:
		want.Gross = ledger.Minor(after(int64(line.Gross), int64(back.Gross), share{int64(back.Net + want.Net), int64(line.Net)}))
	default:
		return left // nothing said: all of it
	}
	if line.Gross == 0 {
		if said.Quantity == 0 {
			return left
		}
		return want
	}
	priced := share{int64(back.Gross + want.Gross), int64(line.Gross)}
	if said.Net == 0 {
		want.Net = ledger.Minor(after(int64(line.Net), int64(back.Net), priced))
	}
	if said.Quantity == 0 {
		want.Quantity = after(line.Quantity, back.Quantity, priced)
	}
	want.Discount = ledger.Minor(after(int64(line.Discount), int64(back.Discount), priced))
	return want
}

// until returns what comes back from r to next.
func (r *Rest) until(next *Rest) Back {
	b := Back{Void: next.void && !r.void}
	for i := range r.lines {
		if r.back[i] == next.back[i] && r.seen[i] == next.seen[i] {
			continue
		}
		was, is := r.back[i], next.back[i]
		line := ledger.ReturnedLine{
			Line: i, Quantity: is.Quantity - was.Quantity, Net: is.Net - was.Net,
			Gross: is.Gross - was.Gross, Discount: is.Discount - was.Discount,
		}
		b.Lines = append(b.Lines, line)
		b.Total += line.Gross - line.Discount
	}
	if len(r.lines) == 0 && next.gone && !r.gone {
		b.Total = r.total
	}
	shares := next.shares()
	for i, amount := range r.comesBack(shares) {
		if amount > 0 {
			p := r.flows[i].Posting
			p.Amount = amount
			b.Postings = append(b.Postings, p)
		}
	}
	return b
}

// shares is how much of what each flow is about has come back.
func (r *Rest) shares() []share {
	shares := make([]share, len(r.flows))
	sale, discount := r.sale(), r.discount()
	for i, f := range r.flows {
		switch {
		case r.void:
			shares[i] = share{1, 1}
		case f.kept:
			shares[i] = share{0, 1}
		case f.From == ledger.Redeemed:
			shares[i] = discount
		case f.Line != nil:
			shares[i] = r.line(*f.Line)
		default:
			shares[i] = sale
		}
	}
	return shares
}

// due is how much of what a line earned of a unit is still to come back: all that
// limits left none of, and its share of the rest; below zero where more came back.
func (r *Rest) due(key earnedKey, s share) ledger.Points {
	var earned, done ledger.Points
	for _, i := range r.earned[key] {
		earned += r.flows[i].Amount // countFlows saw to it
		done += r.flows[i].done
	}
	cut := r.cut[key]
	return cut + ledger.Points(upTo(int64(earned-cut), s.part, s.all)) - done
}

// comesBack says how much of each flow comes back until its share has. What a
// reward cost is rounded by itself; what a line earned of a unit is rounded once
// for all its rules, which then give it back one after the other, so that it
// makes no difference into how many returns it is split.
func (r *Rest) comesBack(shares []share) []ledger.Points {
	amounts := make([]ledger.Points, len(r.flows))
	for i, f := range r.flows {
		if f.From == ledger.Redeemed || f.kept {
			amounts[i] = max(0, ledger.Points(upTo(int64(f.Amount), shares[i].part, shares[i].all))-f.done)
			continue
		}
		together := r.earned[f.earnedKey()]
		if together[0] < i {
			continue // its first took all of them
		}
		due := max(0, r.due(f.earnedKey(), shares[i]))
		for _, k := range together {
			amounts[k] = min(due, r.flows[k].Amount-r.flows[k].done)
			due -= amounts[k]
		}
	}
	return amounts
}
