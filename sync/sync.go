// Package sync is the terminal's side of the exchange with headquarters: what
// to say next, over an Outbox and a transport it declares. Import it as
// hqsync. The messages are package wire's; what headquarters does with them is
// hq's.
//
// Exchange is the core: every method is one request and its consequences, with
// no goroutine, timer or randomness; of a long feed Pull asks for the next page too.
// Loop runs it in the world.
package sync

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Identity is who the terminal is and whom it talks to, fixed at enrollment.
type Identity struct {
	Terminal     ledger.TerminalID
	Hub          bool               // it is its store's hub, and no till
	Key          ed25519.PrivateKey // the terminal's own; it never leaves it
	Chain        ledger.ChainID
	Headquarters ed25519.PublicKey // pinned: every answer is signed by it, or by one that followed it
	Release      string
	Fingerprint  string // of the machine
}

// Transport carries one request to headquarters and brings the answer.
type Transport interface {
	// Do sends a request. Its error means that nothing is known of whether the
	// request arrived; every request may be repeated.
	Do(ctx context.Context, request Request) (Answer, error)
}

// Exchange is the state of the conversation with headquarters. One goroutine
// may push and another pull; neither may run beside Greet.
type Exchange struct {
	// Reopened is called when the journal did not go on from what headquarters
	// has and begins a new epoch; it may be nil.
	Reopened func(wire.Welcome)
	// Fenced is told why this terminal is fenced, at each greeting; it may be nil.
	Fenced func(wire.Fencing)
	// Read is called with each page of the feed that was applied: up to where that
	// is read, and the last position that there is, 0 where headquarters does not
	// say. It may be nil.
	Read func(upTo, last ledger.Position)
	// Published is called when the store was given what headquarters published
	// or stopped; Forged when something of that, or a right, was not signed by
	// headquarters, and so was passed over, by the feed's name for it. Both may be nil.
	Published func()
	Forged    func(key string)
	// Beside runs two functions at once, and returns when both have ended: pages of a
	// long feed are asked for while the one before is applied. Where it is nil each is
	// asked for when it is wanted.
	Beside func(one, other func())
	// Rekeyed is called when the store was given another line of headquarters' keys,
	// or headquarters was heard with a further one; it may be nil.
	Rekeyed func(ledger.KeyChain)

	speaker
	outbox   Outbox
	newRight func() ledger.RightID
	asked    questions
	limit    limit
	trust    trust
	ahead    *feedAnswer // of whoever pulls, until it greets
}

// NewExchange returns an exchange that has not said hello.
func NewExchange(identity Identity, outbox Outbox, transport Transport, now func() time.Time, newRight func() ledger.RightID) *Exchange {
	x := &Exchange{
		speaker: speaker{identity: identity, transport: transport, now: now},
		outbox:  outbox, newRight: newRight, limit: fullLimit(),
	}
	x.genuinely = x.Genuine
	return x
}
