package checkout

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

const (
	// mostLookups is how many numbers an operator may look up without a sale
	// within lookupWindow: one in half a minute, as nobody does whose customers
	// buy, bring back, enroll or only ask. Whoever asks for more walks through
	// numbers.
	mostLookups  = 20
	lookupWindow = 10 * time.Minute
	// mostOperators bounds whom is remembered; beyond it the names that are
	// made up count as one.
	mostOperators = 64
	// mostAtOnce is how many numbers may be looked up at this till in a row, whoever
	// asks, and lookupEvery how soon one more may be then: years for the numbers of a
	// country. A sale gives one back, as it is somebody's who came to buy.
	mostAtOnce  = 100
	lookupEvery = 2 * time.Second
)

// TooManyLookups says that an operator looked up too many numbers without a
// sale; Wait is how long until the next one may be.
type TooManyLookups struct{ Wait time.Duration }

func (e *TooManyLookups) Error() string {
	return fmt.Sprintf("too many numbers were looked up without a sale: wait %s", e.Wait.Round(time.Second))
}

// Lookup is Identify for somebody who wants to know: so many different numbers
// without a sale or return, known or not, and the next is a *TooManyLookups.
func (t *Till) Lookup(ctx context.Context, now time.Time, operator, typed string) (loyalty.Member, phone.Number, error) {
	number, err := t.numberOf(typed)
	if err != nil {
		return loyalty.Member{}, phone.Number{}, err
	}
	if wait := t.lookups.take(now, t.signedOn(operator), t.lookedUp(number)); wait > 0 {
		return loyalty.Member{}, phone.Number{}, &TooManyLookups{wait}
	}
	member, err := t.findPhone(ctx, number)
	return member, number, err
}

// numberOf reads a number as it was typed; what is none is ErrNoNumber.
func (t *Till) numberOf(typed string) (phone.Number, error) {
	number, err := phone.Parse(typed, t.Region)
	if err != nil {
		return phone.Number{}, fmt.Errorf("%w: %w", ErrNoNumber, err)
	}
	return number, nil
}

// lookupCard is Lookup by the number of a card as it was scanned.
func (t *Till) lookupCard(ctx context.Context, now time.Time, operator, number string) (loyalty.Member, error) {
	if wait := t.lookups.take(now, t.signedOn(operator), t.Keyed([]byte("lookup card "+number))); wait > 0 {
		return loyalty.Member{}, &TooManyLookups{wait}
	}
	return t.IdentifyCard(ctx, number)
}

// lookedUp is a number as lookups remember it.
func (t *Till) lookedUp(number phone.Number) ledger.Hash {
	return t.Keyed([]byte("lookup " + number.E164()))
}

func (t *Till) signedOn(operator string) string {
	if operator == "" {
		return t.onDuty()
	}
	return operator
}

// lookups are the numbers each operator looked up since her last sale or
// return, under a keyed hash.
type lookups struct {
	mu   sync.Mutex
	made map[string][]lookup
	// paid is up to when lookupEvery is used up by what was looked up at this till.
	paid time.Time
}

type lookup struct {
	number ledger.Hash
	at     time.Time
}

// take notes a lookup; where there were too many it returns how long to wait.
// The same number again is the same customer.
func (l *lookups) take(now time.Time, operator string, number ledger.Hash) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made == nil {
		l.made = map[string][]lookup{}
	}
	if _, known := l.made[operator]; !known && len(l.made) >= mostOperators {
		operator = ""
	}
	recent := l.made[operator]
	for len(recent) > 0 && now.Sub(recent[0].at) >= lookupWindow {
		recent = recent[1:]
	}
	l.made[operator] = recent
	for _, made := range recent {
		if made.number == number {
			return 0
		}
	}
	if len(recent) >= mostLookups {
		return lookupWindow - now.Sub(recent[0].at)
	}
	if l.paid.Before(now) {
		l.paid = now
	}
	if wait := l.paid.Sub(now) - (mostAtOnce-1)*lookupEvery; wait > 0 {
		return wait
	}
	l.paid = l.paid.Add(lookupEvery)
	l.made[operator] = append(recent, lookup{number, now})
	return 0
}

// served forgets an operator's lookups: she sold something, or took it back.
// A request that names nobody may be anybody's at this till.
func (l *lookups) served(operator, nobody string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.made[operator])+len(l.made[nobody]) > 0 {
		l.paid = l.paid.Add(-lookupEvery)
	}
	delete(l.made, operator)
	delete(l.made, nobody)
	if operator == nobody {
		clear(l.made)
	}
}

// enrolled forgets the lookup of a number that became a member's: that leaves
// an entry under the operator's name.
func (l *lookups) enrolled(operator string, number ledger.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if made, known := l.made[operator]; known {
		l.made[operator] = slices.DeleteFunc(made, func(m lookup) bool { return m.number == number })
	}
}
