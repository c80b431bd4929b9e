// Package ledger knows facts: ids, units, entries and their postings, rights,
// seals, acks and feed changes, the hash chain and its canonical bytes.
//
// It is pure: no clock, no randomness beyond making ids, no storage, no
// network. What an entry means for a member is package loyalty's; where it is
// kept is offline's and hq's.
package ledger

import "errors"

// MaxBody is the largest body of an entry in bytes. A sale whose lines do not
// fit is condensed (Condense) before it is encoded.
const MaxBody = 128 << 10

// Errors a caller branches on.
var (
	// ErrOverflow says that a sum left the range of int64.
	ErrOverflow = errors.New("amount too large")
	// ErrTooLarge says that a body exceeds MaxBody.
	ErrTooLarge = errors.New("entry larger than 128 KiB")
	// ErrUnknownKind and ErrUnknownVersion mark bodies of a newer release:
	// they are quarantined and retried after an upgrade, never refused.
	ErrUnknownKind    = errors.New("unknown kind of entry")
	ErrUnknownVersion = errors.New("unknown version of entry")
)
