package ledger

import (
	"fmt"
	"strings"
)

// StoreID is a retail_store_id: 1 to 32 letters, digits, '-', '_' or '.'.
type StoreID string

// ParseStoreID reads a store's id.
func ParseStoreID(text string) (StoreID, error) {
	if !isName(text) {
		return "", fmt.Errorf("read store %q: write 1 to 32 letters, digits, '-', '_' or '.'", text)
	}
	return StoreID(text), nil
}

// Subject is whom an entry is about, as its body says it: an account's id;
// "suspect:<uuid>" where the till knew none; "sale:<entry id>" for an
// anonymous or detached sale.
type Subject string

const (
	suspectPrefix = "suspect:"
	salePrefix    = "sale:"
)

// SubjectOf returns the subject of an entry about a known account.
func SubjectOf(id AccountID) Subject { return Subject(id.String()) }

// SuspectSubject returns the subject of an entry about a person the till did
// not know.
func SuspectSubject(id SuspectID) Subject { return Subject(suspectPrefix + id.String()) }

// SaleSubject returns the subject of a sale nobody is named on.
func SaleSubject(id EntryID) Subject { return Subject(salePrefix + id.String()) }

// Account returns the account the subject names, if it names one.
func (s Subject) Account() (AccountID, bool) {
	id, err := ParseID[account](string(s))
	return id, err == nil
}

// Suspect returns the suspect the subject names, if it names one.
func (s Subject) Suspect() (SuspectID, bool) {
	text, ok := strings.CutPrefix(string(s), suspectPrefix)
	if !ok {
		return SuspectID{}, false
	}
	id, err := ParseID[suspect](text)
	return id, err == nil
}

// Sale returns the entry of the anonymous sale the subject names, if it does.
func (s Subject) Sale() (EntryID, bool) {
	text, ok := strings.CutPrefix(string(s), salePrefix)
	if !ok {
		return EntryID{}, false
	}
	id, err := ParseID[entry](text)
	return id, err == nil
}

func (s Subject) check() error {
	_, isAccount := s.Account()
	_, isSuspect := s.Suspect()
	_, isSale := s.Sale()
	if !isAccount && !isSuspect && !isSale {
		return fmt.Errorf("subject %q: want an account's id, suspect:<id> or sale:<id>", string(s))
	}
	return nil
}

// isName reports whether text is a short name of our own: safe in files,
// SQL, logs and receipts without quoting.
func isName(text string) bool {
	if text == "" || len(text) > 32 {
		return false
	}
	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
