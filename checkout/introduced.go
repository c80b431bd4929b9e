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

// mostIntroduced bounds whose numbers are remembered: those who were found last.
const mostIntroduced = 256

// introduced are the numbers by which accounts were found by another lane's word.
type introduced struct {
	mu      sync.Mutex
	numbers map[ledger.AccountID]phone.Number
	order   []ledger.AccountID // as they came
}

// met remembers a number that led to an account by another lane's word. An account that
// was found by what the store itself knows since is whoever that found.
func (i *introduced) met(member loyalty.Member, number phone.Number) {
	if !member.Introduced {
		i.forget(member.Account)
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

func (i *introduced) forget(account ledger.AccountID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, known := i.numbers[account]; known {
		delete(i.numbers, account)
		i.order = slices.DeleteFunc(i.order, func(a ledger.AccountID) bool { return a == account })
	}
}

// numberOf is the number by which an account was found last, by another lane's word
// alone; nil of any other account, and of one whose card was read.
func (i *introduced) numberOf(account ledger.AccountID) *phone.Number {
	i.mu.Lock()
	defer i.mu.Unlock()
	number, known := i.numbers[account]
	if !known {
		return nil
	}
	return &number
}
