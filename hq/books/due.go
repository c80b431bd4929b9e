package books

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Passed is an effect and the version that it is of.
type Passed struct {
	loyalty.Effect
	By *loyalty.Program
}

// OwnEntry is what the account decided by itself, as an entry of headquarters' own in
// a ledger.
func (effect Passed) OwnEntry(of Holder) *ledger.Entry {
	return &ledger.Entry{
		V: ledger.Version, ID: effect.Entry, Kind: effect.Kind, At: effect.At, Day: effect.Day,
		Subject: ledger.Subject(of), Program: new(effect.By.Ref()), Postings: effect.Postings(), Uses: usesOf(effect.Effect),
	}
}

func usesOf(effect loyalty.Effect) (uses []ledger.LimitUse) {
	for _, u := range effect.Uses {
		uses = append(uses, u.LimitUse)
	}
	return uses
}
