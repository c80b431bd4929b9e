package ledger

import (
	"errors"
	"fmt"
)

// Merger is which account became an entry's own for ever, and why.
type Merger struct {
	Account AccountID `json:"account"`
	Reason  string    `json:"reason"`
}

// checkMerge wants two accounts, of which the entry's has the smaller id, and a
// reason.
func (e *Entry) checkMerge() error {
	into, ok := e.Subject.Account()
	if !ok || e.Merge == nil || e.Merge.Account.IsZero() {
		return errors.New("merge of nobody")
	}
	if into.String() >= e.Merge.Account.String() {
		return errors.New("merge: it goes into the smaller id")
	}
	if err := CheckReason(e.Merge.Reason); err != nil {
		return fmt.Errorf("merge: %w", err)
	}
	return nil
}
