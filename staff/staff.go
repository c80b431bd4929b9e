// Package staff knows who works at a till: operators with a role and a PIN, and
// who of them is signed on. They are kept in one file beside the journal, which
// is written anew in one step and can be read without a network.
//
// A PIN is never kept, printed or told: only an argon2id hash of it stands in the
// file, made over a keyed hash whose key is in another one. Each try is counted
// on disk before it is judged, so that switching the till off gives no free ones.
package staff

import (
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Role is what an operator may do.
type Role string

// The roles.
const (
	Cashier Role = "cashier"
	Manager Role = "manager" // may also approve what a cashier may not do alone
)

// Operator is one who works here.
type Operator struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
	// Phone is the store's keyed hash of her own number, as members are found
	// by; zero where she gave none.
	Phone ledger.KeyedHash `json:"phone,omitzero"`
}

// Approval is an operator who puts her PIN to something.
type Approval struct {
	Operator string
	PIN      PIN
}

var (
	// ErrWrongPIN says that the PIN is not this operator's, or that there is no
	// such operator: which of both is nobody's business.
	ErrWrongPIN = errors.New("wrong operator or PIN")
	// ErrNoOperator says that nobody has an id.
	ErrNoOperator = errors.New("no such operator")
	// ErrExists says that an id is taken.
	ErrExists = errors.New("this operator exists already")
)

// TooManyTries says that an operator's PIN was keyed wrong too often; Wait is how
// long until the next try.
type TooManyTries struct{ Wait time.Duration }

func (e *TooManyTries) Error() string {
	return fmt.Sprintf("too many wrong PINs: wait %s", e.Wait.Round(time.Second))
}

const (
	// freeTries may be wrong without a wait.
	freeTries = 3
	// firstWait follows the next wrong one, and doubles with each up to maxWait.
	firstWait = 30 * time.Second
	maxWait   = time.Hour
)

// waitAfter is how long nothing is tried after so many wrong PINs in a row.
func waitAfter(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(maxWait, firstWait<<min(failed-freeTries, 10))
}
