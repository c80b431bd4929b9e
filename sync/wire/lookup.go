package wire

import "github.com/loyaltyd/loyaltyd/ledger"

// LookupPath finds a member whom a till met and does not know, or of whom it has no
// more than its directory. A headquarters of the release before does not have it.
const LookupPath = "/v1/sync/lookup"

// Lookup names a member by an account, or by what an attachment says of her: numbers
// travel no other way.
type Lookup struct {
	Account ledger.AccountID `json:"account,omitzero"`
	Sealed  []byte           `json:"sealed,omitempty"`
	// Erasures is the serial of the last erasure that the terminal has heard of.
	Erasures ledger.Millis `json:"erasures_ms"`
}

// Found has all that the feed would tell of her, without a position: her household,
// where she is in one, before her account. It is empty where nobody is found.
type Found struct {
	Changes []ledger.Change `json:"changes,omitempty"`
}
