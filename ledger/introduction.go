package ledger

import (
	"errors"
	"unicode"
)

// Introduction says by what a lane finds a member whom headquarters' feed has not
// brought: it took her in, or gave her a card. It tells the store's hub, so that the
// other lanes find her until the feed has her. It has no number, and nobody's name.
type Introduction struct {
	Hash    KeyedHash `json:"hash"`
	Account AccountID `json:"account"`
	Member  MemberID  `json:"member"` // which of the account's she is
	Name    string    `json:"name"`   // as she is shown there, masked
	// Terminal is whose word it is; the hub knows who tells it.
	Terminal TerminalID `json:"terminal,omitzero"`
	// Withdrawn says that it counts no more: its lane is none any more.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// IntroducedUpTo is how far a till has told its introductions: a row of its journal, and
// of those that it has of one row a hash. Before the first it is zero.
type IntroducedUpTo struct {
	Row  int64
	Hash KeyedHash
}

// maxShownName bounds a masked name, in bytes.
const maxShownName = 512

var errIntroduction = errors.New("an introduction has a hash, an account, a member and a name that can be shown")

// Check finds out whether an introduction makes sense: it comes from another machine,
// and is shown.
func (i *Introduction) Check() error {
	if i.Hash == (KeyedHash{}) || i.Account.IsZero() || i.Member.IsZero() || len(i.Name) > maxShownName {
		return errIntroduction
	}
	for _, r := range i.Name {
		if unicode.IsControl(r) {
			return errIntroduction
		}
	}
	return nil
}
