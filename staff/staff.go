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

	"github.com/loyaltyd/loyaltyd/internal/pin"
)

// Approval is an operator who puts her PIN to something.
type Approval struct {
	Operator string
	PIN      pin.PIN
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
