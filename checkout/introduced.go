package checkout

import (
	"slices"
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Whoever is known by another lane's word alone is served under the account that the
// store's hub says. What is written for her names her number too, sealed: headquarters
// books it to whoever has that, so a hub that leads it to somebody else gains nothing.
// The number is remembered, in memory, because a POS names her by her account; also
// where the account is somebody's whom the directory knows, since the hub may lie.

// mostIntroduced bounds for how many numbers are remembered: those who were found last.
const mostIntroduced = 256

// named is what a request may name somebody by: an account and one of its members, or
// the account alone, which has no member then.
type named struct {
	account ledger.AccountID
	member  ledger.MemberID
}

// introduced are the numbers by which somebody was found by another lane's word.
type introduced struct {
	mu      sync.Mutex
	numbers map[named]phone.Number
	order   []named // as they came
}

// met remembers a number that led to somebody by another lane's word. Whoever was found
// by what the store itself knows since is meant by her account, and by nothing else.
func (i *introduced) met(member loyalty.Member, number phone.Number) {
	if !member.Introduced {
		i.forget(member.Account, member.ID)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.numbers == nil {
		i.numbers = map[named]phone.Number{}
	}
	for _, as := range []named{{account: member.Account}, {member.Account, member.ID}} {
		if _, known := i.numbers[as]; !known {
			i.order = append(i.order, as)
		}
		i.numbers[as] = number
	}
	for len(i.order) > 2*mostIntroduced {
		delete(i.numbers, i.order[0])
		i.order = i.order[1:]
	}
}

func (i *introduced) forget(account ledger.AccountID, member ledger.MemberID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, as := range []named{{account: account}, {account, member}} {
		if _, known := i.numbers[as]; known {
			delete(i.numbers, as)
			i.order = slices.DeleteFunc(i.order, func(n named) bool { return n == as })
		}
	}
}

// numberOf is the number by which somebody was found last, by another lane's word
// alone; nil of anybody else, and of one whose card was read.
func (i *introduced) numberOf(account ledger.AccountID, member ledger.MemberID) *phone.Number {
	i.mu.Lock()
	defer i.mu.Unlock()
	number, known := i.numbers[named{account, member}]
	if !known {
		return nil
	}
	return &number
}
