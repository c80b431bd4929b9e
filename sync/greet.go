package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ErrFenced says that headquarters fenced this terminal's id: it may send what
// it has, and is to be enrolled anew.
var ErrFenced = errors.New("this terminal is fenced: what it sends is held")

// ErrUnknown says that headquarters does not know this terminal: it was put back
// from a backup that was made before the terminal was enrolled. Nothing that it
// acknowledged is there.
var ErrUnknown = errors.New("headquarters does not know this terminal: it was put back from a backup made before this one was enrolled")

// rightsAtOnce bounds one message that hands rights back.
const rightsAtOnce = 200

// maxGreetings bounds how often one greeting may open an epoch: each opening
// is above all that headquarters had seen, so the second is already odd.
const maxGreetings = 3

// Greet says hello, finds from where both sides go on, and takes the rights
// whose delivery was lost. Where the terminal's journal is behind or beside
// what headquarters has, it begins an epoch and greets again. The welcome is
// returned for what it says of the store.
func (x *Exchange) Greet(ctx context.Context) (wire.Welcome, error) {
	x.ahead = nil // of before: who was put back since may have forgotten what it brings
	for range maxGreetings {
		welcome, err := x.hello(ctx)
		if err = x.greeted(ctx, err); err != nil {
			return welcome, fmt.Errorf("say hello: %w", err)
		}
		settled, err := x.settle(ctx, welcome)
		if err != nil || settled {
			return welcome, err
		}
	}
	return wire.Welcome{}, fmt.Errorf("say hello: headquarters takes none of %d new epochs", maxGreetings)
}

// greeted tells the store what became of a hello. What the store cannot do then is told by
// whoever asks for the feed, if there is anybody to ask; entries are sent all the same.
func (x *Exchange) greeted(ctx context.Context, unanswered error) error {
	if ctx.Err() != nil {
		return unanswered // nobody waited for it
	}
	err := x.outbox.Greeted(ctx, unanswered == nil)
	if unanswered == nil {
		return nil
	}
	return errors.Join(unanswered, err)
}

func (x *Exchange) hello(ctx context.Context) (wire.Welcome, error) {
	var welcome wire.Welcome
	line, err := x.line(ctx)
	if err != nil {
		return welcome, err
	}
	head, err := x.outbox.Head(ctx)
	if err != nil {
		return welcome, err
	}
	message, err := json.Marshal(wire.Hello{
		Protocol: wire.Protocol, Release: x.identity.Release, Head: head, Fingerprint: x.identity.Fingerprint,
		Uses: true, Outside: true, Fencing: true, KeyID: ledger.KeyID(line.Newest()),
	})
	if err != nil {
		return welcome, err
	}
	if err := x.ask(ctx, http.MethodPost, wire.HelloPath, message, &welcome); err != nil {
		return welcome, err
	}
	_, err = x.learn(ctx, welcome.Keys)
	return welcome, err
}

// Known asks whether headquarters knows this terminal, and changes nothing: a
// hello that says nothing is refused. Its error is ErrUnknown, or why nothing was
// heard. It needs no outbox.
func (x *Exchange) Known(ctx context.Context) error {
	err := x.ask(ctx, http.MethodPost, wire.HelloPath, []byte("{}"), new(wire.Welcome))
	var refusal *wire.Refusal
	if errors.As(err, &refusal) && refusal.Code == wire.CodeUpgrade {
		return nil
	}
	return err
}

// settle acts on a welcome; false means that an epoch was opened and hello is
// to be said again.
func (x *Exchange) settle(ctx context.Context, w wire.Welcome) (bool, error) {
	if w.Standing == wire.Fenced {
		if err := x.outbox.Fence(ctx); err != nil {
			return false, err
		}
		if x.Fenced != nil && w.Fencing != nil {
			x.Fenced(*w.Fencing)
		}
		return x.goOn(ctx, w)
	}
	if w.Standing == wire.Regress {
		return false, x.openEpoch(ctx, w)
	}
	return x.goOn(ctx, w)
}

func (x *Exchange) goOn(ctx context.Context, w wire.Welcome) (bool, error) {
	known, err := x.outbox.Knows(ctx, w.Known)
	if err != nil {
		return false, err
	}
	if !known {
		return false, x.openEpoch(ctx, w)
	}
	contact := ledger.Contact{Incarnation: w.Incarnation, Token: w.Token, Durable: w.Durable}
	if err := x.outbox.Resume(ctx, w.Known, contact); err != nil {
		return false, err
	}
	for _, grant := range w.Rights {
		if err := x.takeRight(ctx, grant); err != nil {
			return false, err
		}
	}
	if !w.HandBack {
		return true, nil
	}
	if err := x.handBackPublished(ctx); err != nil {
		return false, err
	}
	if err := x.list(ctx); err != nil {
		return false, err
	}
	return true, x.handBack(ctx)
}

// handBack gives a restored headquarters the rights that it may have forgotten.
// It comes before the entries that spent of them are sent again, and ends what
// is to come before those.
func (x *Exchange) handBack(ctx context.Context) error {
	var after ledger.RightID
	for {
		rights, head, err := x.outbox.KeptRights(ctx, after, rightsAtOnce)
		if err != nil {
			return fmt.Errorf("hand rights back: %w", err)
		}
		said := wire.HandBack{Head: head, Rights: rights, Last: len(rights) < rightsAtOnce}
		message, err := json.Marshal(said)
		if err != nil {
			return err
		}
		var taken wire.TakenBack
		if err := x.ask(ctx, http.MethodPost, wire.HandBackPath, message, &taken); err != nil {
			return fmt.Errorf("hand rights back: %w", err)
		}
		if said.Last {
			return nil
		}
		if after, err = rightOf(rights[len(rights)-1]); err != nil {
			return fmt.Errorf("hand rights back: %w", err)
		}
	}
}

func rightOf(kept ledger.KeptRight) (ledger.RightID, error) {
	e, err := ledger.Decode(kept.Grant.Body)
	if err != nil {
		return ledger.RightID{}, err
	}
	return e.Right.ID, nil
}

// openEpoch begins an epoch from the last head both sides have: the one
// headquarters named, if the journal has it, or else where the journal's own
// epoch began.
func (x *Exchange) openEpoch(ctx context.Context, w wire.Welcome) error {
	if x.Reopened != nil {
		x.Reopened(w)
	}
	if w.Common != nil {
		known, err := x.outbox.Knows(ctx, *w.Common)
		if err != nil {
			return err
		}
		if known {
			return x.outbox.OpenEpoch(ctx, w.Known.Epoch, *w.Common)
		}
	}
	return x.outbox.OpenEpoch(ctx, w.Known.Epoch, ledger.Head{})
}

// takeRight is keepRight of what headquarters tells by itself. What it did not sign, or
// this release cannot read, is passed over, and holds up nothing else: of a release to
// come hello brings it again, and what is never spent here headquarters takes back.
func (x *Exchange) takeRight(ctx context.Context, grant ledger.SignedEntry) error {
	e, err := ledger.Decode(grant.Body)
	if err != nil || e.Kind != ledger.Grant {
		return nil
	}
	err = x.keepRight(ctx, grant)
	if errors.Is(err, wire.ErrSignature) {
		x.passOver(e.Right.ID.String())
		return nil
	}
	if err == nil {
		x.asked.answered(e.Right.ID)
	}
	return err
}

// keepRight checks headquarters' signature on a grant and stores it.
func (x *Exchange) keepRight(ctx context.Context, grant ledger.SignedEntry) error {
	line, err := x.line(ctx)
	if err != nil {
		return err
	}
	if !line.Signed(ledger.EntryDomain, grant.Body, grant.Signature) {
		return fmt.Errorf("keep right: %w", wire.ErrSignature)
	}
	return x.outbox.AddRight(ctx, grant)
}
