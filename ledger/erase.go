package ledger

import (
	"errors"
	"fmt"
)

// Erasing is why headquarters erased who a member is. It names nobody; of an
// account that has several the entry says which member it was.
type Erasing struct {
	Reason string `json:"reason"`
}

// checkErase wants an account and a reason.
func (e *Entry) checkErase() error {
	if _, ok := e.Subject.Account(); !ok || e.Erase == nil {
		return errors.New("erasure of nobody")
	}
	if err := CheckReason(e.Erase.Reason); err != nil {
		return fmt.Errorf("erasure: %w", err)
	}
	return nil
}

// Erasure tells a store to forget a person, and stays in its feed. It has ids
// alone, which nobody is found by.
type Erasure struct {
	// Serial orders the chain's erasures: headquarters' time, and always higher
	// than the one before.
	Serial Millis   `json:"serial_ms"`
	Member MemberID `json:"member"`
	// Accounts are those that were hers alone, with the ids that lead to them.
	Accounts []AccountID `json:"accounts,omitempty"`
	// Attachments name her, by the SHA-256 of their ciphertext: those that the
	// store's tills sent.
	Attachments []Hash `json:"attachments,omitempty"`
}
