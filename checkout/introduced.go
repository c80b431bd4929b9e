package checkout

import (
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Whoever is known by another lane's word alone is served under the account that the
// store's hub says. What is written for her names her number too, sealed: headquarters
// books it to whoever has that, so a hub that leads it to somebody else gains nothing.
// The number is remembered, in memory, because a POS names her by her account.

// mostIntroduced bounds whose numbers are remembered: those who were found last.
const mostIntroduced = 256

// introduced are the numbers of members who were found by another lane's word.
type introduced struct {
	mu      sync.Mutex
	numbers map[ledger.AccountID]phone.Number
	order   []ledger.AccountID // as they came
}

// met remembers a number that led to somebody known so.
func (i *introduced) met(member loyalty.Member, number phone.Number) {
	if !member.Introduced {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.numbers == nil {
		i.numbers = map[ledger.AccountID]phone.Number{}
	}
	if _, known := i.numbers[member.Account]; !known {
		i.order = append(i.order, member.Account)
	}
	i.numbers[member.Account] = number
	if len(i.order) > mostIntroduced {
		delete(i.numbers, i.order[0])
		i.order = i.order[1:]
	}
}

// numberOf is by what somebody was found who is known so; nil of anybody else, and of
// one whose card was read.
func (i *introduced) numberOf(member loyalty.Member) *phone.Number {
	if !member.Introduced {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	number, known := i.numbers[member.Account]
	if !known {
		return nil
	}
	return &number
}
