package hq

import (
	"strings"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// holder is whoever has a ledger, as the columns named account hold it: an
// account's id, the subject of a suspect or an anonymous sale, or an entry that is
// held.
type holder string

func holderOf(id ledger.AccountID) holder { return holder(id.String()) }

// account returns the account's id, for a holder that is one.
func (h holder) account() (ledger.AccountID, bool) { return ledger.Subject(h).Account() }

// chainID is what the chain of the holder's ledger is bound to.
func (h holder) chainID() ledger.AccountID {
	id, _ := h.chain() // subjects were checked when they were decoded
	return id
}

// chain is chainID of what may be no holder at all: a name that was read.
func (h holder) chain() (id ledger.AccountID, ok bool) {
	text := string(h)
	if _, after, found := strings.Cut(text, ":"); found {
		text = after
	}
	parsed, err := uuid.Parse(text)
	return ledger.AccountID(parsed), err == nil
}

const heldPrefix = "held:"

// holderOfHeld is the ledger of an entry that came from a fenced terminal: nobody's
// until it is released.
func holderOfHeld(entry ledger.EntryID) holder { return holder(heldPrefix + entry.String()) }

func (h holder) isHeld() bool { return strings.HasPrefix(string(h), heldPrefix) }
