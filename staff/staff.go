// Package staff knows who works at a till or at headquarters: operators with a
// role and a PIN, and who of them is signed on. A till keeps them in one file
// beside the journal, which is written anew in one step and can be read without
// a network. Those of headquarters stand in its database (Shelf), because several
// processes serve it; who is signed on is a folder's own there too.
//
// A PIN is never kept, printed or told: only an argon2id hash of it stands there,
// made over a keyed hash whose key is elsewhere. Each try is counted where it is
// kept before it is judged, so that switching off gives no free ones.
package staff

import (
	"errors"
	"fmt"
	"time"
)

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
