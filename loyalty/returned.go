package loyalty

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Wish is what is to come back of a sale: all that is left of it; or a gross
// amount, spread over its lines; or lines.
type Wish struct {
	All bool
	// Void is All, and what no return brings back: the sale is as if it had not
	// been.
	Void  bool
	Gross ledger.Minor
	// Lines say how much of which line. What a line leaves at zero follows from
	// what it gives; one that gives nothing is all that is left of its line.
	// Discount is decided here.
	Lines []ledger.ReturnedLine
}

// Back is what comes back of a sale by one return or void.
type Back struct {
	Lines []ledger.ReturnedLine
	Total ledger.Minor // what the customer gets back: gross less discount
	// Postings take back what the lines earned and give back what their
	// discount had cost.
	Postings []ledger.Posting
	// Void says that the sale is as if it had not been.
	Void bool
}

// BackOf returns what a return or void says came back.
func BackOf(e *ledger.Entry) Back {
	return Back{Lines: e.Return.Lines, Total: e.Return.Total, Postings: e.Postings, Void: e.Kind == ledger.Voided}
}

// ExcessReturn says that more was to come back than is left.
type ExcessReturn struct {
	Line     int // of the sale; -1 for all of it
	Left     ledger.ReturnedLine
	Currency ledger.Currency
}

func (e *ExcessReturn) Error() string {
	of := "the sale"
	if e.Line >= 0 {
		of = fmt.Sprintf("line %d", e.Line)
	}
	if e.Left.Gross == 0 && e.Left.Quantity == 0 {
		return "nothing is left of " + of + " to come back"
	}
	return fmt.Sprintf("only %s (quantity %d) of %s is left to come back", e.Currency.Format(e.Left.Gross), e.Left.Quantity, of)
}

// upTo is how much of a whole has come back once part of all of it has:
// whole·part/all, rounded down. What a return adds is the difference to what
// came back before, so however a sale is split into returns, their sum is the
// same, nobody loses a fraction before all of it has come back, and then
// nothing is left. It is the one rounding of returns: of units taken back and
// given back, of discount, and of what a line leaves unsaid.
func upTo(whole, part, all int64) int64 {
	if part >= all {
		return whole
	}
	n, _ := ledger.MulDivFloor(whole, part, all) // 0 ≤ part < all: at most whole
	return n
}

// Take says what comes back by a wish. Its errors are *ExcessReturn and
// *InvalidBasket; with either nothing was decided.
func (r *Rest) Take(wish Wish) (Back, error) {
	back, cut, err := r.Fit(wish)
	if err == nil && cut != nil {
		err = cut
	}
	if err != nil {
		return Back{}, err
	}
	return back, nil
}

// Fit is Take of as much of a wish as is left; cut says of what there was
// less, nil where all of it was left. A void of a sale of which nothing is left is
// one all the same: who is heard of first makes no difference. Its error is
// *InvalidBasket.
func (r *Rest) Fit(wish Wish) (back Back, cut *ExcessReturn, err error) {
	next := r.clone()
	lines := wish.Lines
	switch {
	case wish.All || wish.Void:
		lines, cut = next.all()
		next.void = wish.Void
	case wish.Gross != 0:
		lines, cut, err = next.spread(wish.Gross)
	}
	if err != nil {
		return Back{}, nil, err
	}
	for at, want := range lines {
		short, err := next.comeBack(at, want)
		if err != nil {
			return Back{}, nil, err
		}
		if cut == nil {
			cut = short
		}
	}
	return r.until(next), cut, nil
}

// all asks for whatever is left.
func (r *Rest) all() (lines []ledger.ReturnedLine, cut *ExcessReturn) {
	for i := range r.lines {
		if !r.line(i).whole() {
			lines = append(lines, ledger.ReturnedLine{Line: i})
		}
	}
	if len(r.lines) == 0 && !r.gone {
		r.gone = true
		return nil, nil
	}
	if len(lines) == 0 {
		cut = r.excess(-1)
	}
	return lines, cut
}

// spread splits an amount over the lines by what is left of each, by the
// largest remainder.
func (r *Rest) spread(amount ledger.Minor) (lines []ledger.ReturnedLine, cut *ExcessReturn, err error) {
	if amount < 0 {
		return nil, nil, &InvalidBasket{"amount", r.currency.Format(amount) + " is negative: write what comes back"}
	}
	left := r.leftOf(-1).Gross
	if len(r.lines) == 0 && amount != left {
		return nil, nil, &InvalidBasket{"amount", "the sale has no lines: only all of it can come back"}
	}
	if amount >= left {
		lines, cut = r.all()
		if amount > left {
			cut = r.excess(-1)
		}
		return lines, cut, nil
	}
	exact := make([]Fraction, len(r.lines))
	parts := make([]int64, len(r.lines))
	for i := range r.lines {
		// Never overflows: the share is at most what is left of the line.
		exact[i], _ = quotient(int64(amount), int64(r.leftOf(i).Gross), int64(left))
	}
	apportion(int64(amount), exact, parts)
	for i, part := range parts {
		if part > 0 {
			lines = append(lines, ledger.ReturnedLine{Line: i, Gross: ledger.Minor(part)})
		}
	}
	return lines, nil, nil
}
