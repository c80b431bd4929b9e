// Package authority gives terminals what they may spend without asking. It knows what a
// program says of that (Policy), what is to be placed where and what room a terminal has,
// grants rights, calls them back and takes back those that nobody answers for; makes
// rights again that a restored headquarters forgot; and keeps rights with an account that
// became another's. What a right does to a ledger is package books'; whoever calls has
// the transactions and says when.
package authority

import (
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Authority is what rights are given by at an instant.
type Authority struct {
	Keys        keyring.Ring
	Incarnation ledger.Incarnation
	Programs    *publication.Programs
	Given       Policy        // goes as long as no program was published
	Now         ledger.Millis // as it is believed
}

// Policy is what the version of a program that is in force says of rights.
func (a *Authority) Policy(program string) Policy {
	if len(a.Programs.Chain) == 0 {
		return a.Given
	}
	if p := a.Programs.Find(program); p != nil {
		return PolicyOf(p.At(a.Now))
	}
	return Policy{}
}

// Places reports whether rights to a program's unit are given at all.
func (a *Authority) Places(program string, unit ledger.Unit) bool {
	_, ok := a.Policy(program).places(program, unit)
	return ok
}

// IsSilent reports whether a terminal was not heard for so long that nothing of its
// store's program is placed at it.
func (a *Authority) IsSilent(t *records.Terminal) bool {
	return a.Policy(a.Programs.Of[t.Store]).silent(t, a.Now)
}

// inForce is the version of a program that is in force; nil where there is none.
func (a *Authority) inForce(program string) *loyalty.Program {
	p := a.Programs.Find(program)
	if p == nil {
		return nil
	}
	return p.At(a.Now)
}
