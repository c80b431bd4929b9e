package sync

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// hubBudget is how long a hub has for a part: half of what a counter waits, so that
// headquarters can still be asked.
const hubBudget = 150 * time.Millisecond

// Nearby asks the store's hub for rights first: what it has was set aside for this
// store, and headquarters would have to call it back.
type Nearby struct {
	Link     *HubLink
	Exchange *Exchange
	// Reached says whether the hub answers; one that does not is not asked.
	Reached func() bool
}

// AskRight asks for a right to spend amount of an account now and keeps it. Nil
// means that it is in the store; a *ledger.RightRefused, that nobody gives any.
func (n Nearby) AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	hub := n.askHub(ctx, account, program, unit, amount)
	if hub == nil {
		return nil
	}
	err := n.Exchange.AskRight(ctx, account, program, unit, amount)
	var refused *ledger.RightRefused
	if err == nil || errors.As(err, &refused) || !errors.As(hub, &refused) {
		return err
	}
	return hub // headquarters is out of reach
}

var errNoHub = errors.New("the store's hub does not answer")

func (n Nearby) askHub(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	if !n.Reached() {
		return errNoHub
	}
	ctx, cancel := context.WithTimeout(ctx, hubBudget)
	defer cancel()
	return n.Link.AskPart(ctx, account, program, unit, amount)
}
