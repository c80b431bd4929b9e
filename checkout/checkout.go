// Package checkout knows the conversation at the counter: how a typed number
// becomes a member, an amount a sale, and a sale an entry that is told.
//
// Its core has no goroutine, clock, randomness or network: keys, requests and
// ticks come in with their time, and everything else is behind the small
// interfaces it declares. How facts are kept is offline's, how devices speak is
// device's, HTTP is api's.
package checkout

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Till serves one terminal: its keypad and its API alike. Its fields are set
// before first use. Its methods may be called from several goroutines.
type Till struct {
	Store Store
	// Programs are the versions of the store's program; the one in force when a
	// sale begins decides it.
	Programs *loyalty.Versions
	// Place of business, as headquarters or the configuration names it.
	Terminal ledger.TerminalID
	StoreID  ledger.StoreID
	Region   string // ISO 3166, how typed numbers are read
	Zone     *time.Location
	Language loyalty.Language // what displays and papers speak
	Operator string           // who sells where nobody is signed on; "-" is nobody
	// Staff is who works here; nil where nobody is known.
	Staff Staff
	House // until Govern changes it

	// Seal encrypts who a person is to headquarters' key.
	Seal func(ledger.Person) (ciphertext []byte, sum ledger.Hash, err error)
	// Keyed hashes what asked for a sale, under a key that does not stand in the
	// database: a request can hold a phone number.
	Keyed func(asked []byte) ledger.Hash
	// HashedPhone hashes a number in E.164 form as members are found by it.
	HashedPhone func(e164 string) ledger.KeyedHash
	// Sealing seals the codes of receipts, under a key that all tills of the store
	// have; nil makes and reads none.
	Sealing ledger.Sealing
	// Scans decides what a code is that the POS read.
	Scans route.Router
	// Headquarters gives its signing keys as this till knows them, to check the codes of
	// members' apps by; nil takes none.
	Headquarters func(context.Context) (ledger.KeyChain, error)
	// Asker may be nil: then no right is asked for.
	Asker Asker
	// Finder may be nil: then nobody is looked up at headquarters.
	Finder Finder
	// NewEntry, NewAccount, NewSuspect and NewHold make ids.
	NewEntry   func() ledger.EntryID
	NewAccount func() ledger.AccountID
	NewSuspect func() ledger.SuspectID
	NewHold    func() ledger.HoldID

	completing turns // by day and sale id, and by other ids under their own words
	lookups    lookups
	introduced introduced
	shown      shownCodes
	lately     provenLately
	sold       sold
	governed   atomic.Pointer[House]
}

// Asker asks headquarters for a right to spend amount of an account now. It
// answers within the context's deadline; nil says that the right is in the
// store, a *ledger.RightRefused that headquarters gives none.
type Asker interface {
	AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error
}

// askBudget is what a remote question may cost at the counter.
const askBudget = 300 * time.Millisecond

// mayAsk is how long headquarters may be asked where a caller says for how long.
func mayAsk(said time.Duration) time.Duration {
	if said > 0 {
		return min(said, askBudget)
	}
	return askBudget
}
