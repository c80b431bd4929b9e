package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is a reward currency of a program, such as "points".
type Unit string

// LedgerAccount is one side of a posting, within the entry's subject unless
// it begins with "program:".
type LedgerAccount string

// The accounts of a unit. Every entry sums to zero over them, because each
// posting takes from one what it gives to another.
const (
	Available  LedgerAccount = "available"
	Pending    LedgerAccount = "pending"
	Receivable LedgerAccount = "receivable"
	Issued     LedgerAccount = "program:issued"
	Redeemed   LedgerAccount = "program:redeemed"
	Expired    LedgerAccount = "program:expired"
	Adjusted   LedgerAccount = "program:adjusted"
	Loss       LedgerAccount = "program:loss"
)

const (
	escrowPrefix  = "escrow:"
	transitPrefix = "transit:"
)

// Transit returns the account of what is on its way from one account to another,
// by the entry that it leaves with.
func Transit(leaves EntryID) LedgerAccount { return LedgerAccount(transitPrefix + leaves.String()) }

// Transit returns the entry that units left with which are on their way, if that
// is what the account holds.
func (a LedgerAccount) Transit() (EntryID, bool) {
	text, ok := strings.CutPrefix(string(a), transitPrefix)
	if !ok {
		return EntryID{}, false
	}
	id, err := ParseID[entry](text)
	return id, err == nil
}

// Escrow returns the account that holds what a right was granted.
func Escrow(id RightID) LedgerAccount { return LedgerAccount(escrowPrefix + id.String()) }

// Right returns the right whose escrow the account is, if it is one.
func (a LedgerAccount) Right() (RightID, bool) {
	text, ok := strings.CutPrefix(string(a), escrowPrefix)
	if !ok {
		return RightID{}, false
	}
	id, err := ParseID[right](text)
	return id, err == nil
}

func (a LedgerAccount) check() error {
	switch a {
	case Available, Pending, Receivable, Issued, Redeemed, Expired, Adjusted, Loss:
		return nil
	}
	_, escrow := a.Right()
	_, transit := a.Transit()
	if escrow || transit {
		return nil
	}
	return fmt.Errorf("ledger account %q is not known", string(a))
}

// Posting moves an amount > 0 of a unit from one ledger account to another
// and says why: the rule and line that earned it, or the reward and right
// that spent it.
type Posting struct {
	Unit   Unit          `json:"unit"`
	Amount Points        `json:"amount"`
	From   LedgerAccount `json:"from"`
	To     LedgerAccount `json:"to"`
	Rule   string        `json:"rule,omitempty"`
	Reward string        `json:"reward,omitempty"`
	Line   *int          `json:"line,omitempty"` // index into the sale's lines
	Right  RightID       `json:"right,omitzero"`
	Lot    *LotTerms     `json:"lot,omitempty"` // only where they differ from "at once, for ever"
}

// LotTerms say when units earned together become spendable and when they end,
// and of a voucher what it gives: as the version said that made them, whatever
// later ones say. A zero instant means at once, or never.
type LotTerms struct {
	VestsAt   Millis `json:"vests_at_ms,omitempty"`
	ExpiresAt Millis `json:"expires_at_ms,omitempty"`
	// Idle is after how long without activity they end, in ISO 8601; empty where
	// that ends nothing. The account that they are posted to adds it.
	Idle    string  `json:"idle,omitempty"`
	Promise Promise `json:"promise,omitzero"`
}

// LotShare is what a right took from one lot.
type LotShare struct {
	Lot    string `json:"lot"` // "<entry id>.<index of the posting>"
	Amount Points `json:"amount"`
}

// LotName names the lot that a posting of an entry makes.
func LotName(of EntryID, posting int) string { return of.String() + "." + strconv.Itoa(posting) }

func (p Posting) check() error {
	if p.Amount <= 0 {
		return fmt.Errorf("posting of %d %s: an amount is above zero", p.Amount, p.Unit)
	}
	if !p.Unit.valid() {
		return fmt.Errorf("posting: unit %q is no name", string(p.Unit))
	}
	if p.Lot != nil {
		if err := p.Lot.check(); err != nil {
			return fmt.Errorf("posting of %s: %w", p.Unit, err)
		}
	}
	if p.From == p.To {
		return fmt.Errorf("posting from %s to itself", p.From)
	}
	if err := p.From.check(); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	if err := p.To.check(); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	return nil
}

// Sum adds up what the postings move out of one account and into another,
// for one unit.
func Sum(postings []Posting, unit Unit, from, to LedgerAccount) (Points, error) {
	var total Points
	for _, p := range postings {
		if p.Unit != unit || p.From != from || p.To != to {
			continue
		}
		var err error
		if total, err = total.Add(p.Amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}
