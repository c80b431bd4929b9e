package condition

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// activation is Facts as the library asks for them: by name, with what is not
// there as empty.
type activation Facts

var (
	noBasket Basket
	noLine   ledger.Line
	noTender ledger.Tender
	noMember Member
	noEvent  Event
	noNow    Now
)

func (a *activation) Parent() interpreter.Activation { return nil }

func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "basket":
		return orEmpty(a.Basket, &noBasket), true
	case "line":
		return orEmpty(a.Line, &noLine), true
	case "tender":
		return orEmpty(a.Tender, &noTender), true
	case "member":
		return orEmpty(a.Member, &noMember), true
	case "referrer":
		return orEmpty(a.Referrer, &noMember), true
	case "event":
		return orEmpty(a.Event, &noEvent), true
	case "now":
		return orEmpty(a.Now, &noNow), true
	case "store":
		return types.String(a.Store), true
	}
	return nil, false
}

func orEmpty[T any](part, empty *T) *T {
	if part == nil {
		return empty
	}
	return part
}
