package books

import (
	"strings"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Holder is whoever has a ledger, as the columns named account hold it: an
// account's id, the subject of a suspect or an anonymous sale, or an entry that is
// held.
type Holder string

// HolderOf is an account as whoever has a ledger.
func HolderOf(id ledger.AccountID) Holder { return Holder(id.String()) }

// Account returns the account's id, for a holder that is one.
func (h Holder) Account() (ledger.AccountID, bool) { return ledger.Subject(h).Account() }

// ChainID is what the chain of the holder's ledger is bound to.
func (h Holder) ChainID() ledger.AccountID {
	id, _ := h.Chain() // subjects were checked when they were decoded
	return id
}

// Chain is chainID of what may be no holder at all: a name that was read.
func (h Holder) Chain() (id ledger.AccountID, ok bool) {
	text := string(h)
	if _, after, found := strings.Cut(text, ":"); found {
		text = after
	}
	parsed, err := uuid.Parse(text)
	return ledger.AccountID(parsed), err == nil
}

const heldPrefix = "held:"

// HolderOfHeld is the ledger of an entry that came from a fenced terminal: nobody's
// until it is released.
func HolderOfHeld(entry ledger.EntryID) Holder { return Holder(heldPrefix + entry.String()) }

// IsHeld reports whether the ledger is of an entry that is held.
func (h Holder) IsHeld() bool { return strings.HasPrefix(string(h), heldPrefix) }

// HolderOfSale is the ledger of a sale that stands by itself.
func HolderOfSale(sale ledger.EntryID) Holder { return Holder(ledger.SaleSubject(sale)) }

// Member is the id of a holder that is an account's or a member's.
func (h Holder) Member() ledger.MemberID {
	id, _ := h.Account()
	return ledger.MemberID(id)
}
