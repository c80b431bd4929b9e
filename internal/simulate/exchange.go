package simulate

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// exchangeMost bounds one conversation.
const exchangeMost = 50

// talk is what the exchange's loop does between two waits.
func (t *till) talk() {
	if t.gone {
		return
	}
	if !t.up {
		t.in(10*time.Second, t.talk)
		return
	}
	err := errDown
	if t.went("is healthy", t.store.Healthy()) {
		err = t.converse()
	}
	if t.disk.Stopped() || err == nil {
		t.tries = 0
		t.in(t.between(time.Second, 20*time.Second), t.talk)
		return
	}
	t.greeted = false
	t.in(t.pause(err), t.talk)
}

// pause is the loop's wait after an error.
func (t *till) pause(err error) time.Duration {
	if errors.Is(err, hqsync.ErrGreet) && t.tries == 0 {
		t.tries++
		return 0
	}
	drawn := t.between(0, min(5*time.Minute, time.Second<<min(t.tries, 20)))
	t.tries++
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return refusal.RetryAfter + drawn
	}
	return drawn
}

// converse greets, sends all there is and reads the feed to its end.
func (t *till) converse() error {
	if !t.greeted {
		if err := t.greet(); err != nil {
			return err
		}
	}
	for range exchangeMost {
		sent, err := t.exchange.Push(ctx)
		if err != nil {
			return t.ended(err)
		}
		if sent == 0 {
			break
		}
		t.note("%s sent %d", t.name, sent)
	}
	t.heard = t.at
	if t.near != nil && t.near.via.Way() == hqsync.ByHub {
		t.counts.ByHub++
	}
	if t.fenced {
		return nil
	}
	for range exchangeMost {
		more, err := t.exchange.Pull(ctx, 0)
		if err != nil {
			return t.ended(err)
		}
		if !more {
			break
		}
	}
	return nil
}

func (t *till) greet() error {
	before, err := t.store.Head(ctx)
	t.expect("read head", err) // of memory
	status, err := t.store.Status(ctx)
	if !t.went("reads its status", err) {
		return errDown
	}
	welcome, err := t.exchange.Greet(ctx)
	if err != nil {
		return t.ended(err)
	}
	if after, _ := t.store.Head(ctx); after.Epoch != before.Epoch {
		t.counts.Epochs++
		t.note("%s begins an epoch: headquarters knew more", t.name)
	} else if welcome.Known.Epoch == status.Acked.Epoch && welcome.Known.Seq > status.Acked.Seq {
		t.counts.Resumed++
	}
	t.fenced = welcome.Standing == wire.Fenced
	t.greeted = true
	return nil
}

// ended takes notice of why a conversation ended: the network, headquarters, or
// the till's own disk.
func (t *till) ended(err error) error {
	if errors.Is(err, hqsync.ErrFenced) {
		t.fenced = true
	}
	return err
}

// outbox is the till's store as the exchange uses it.
type outbox struct {
	*offline.Store
	till *till
	sent []ledger.Hash         // bodies of the batch under way
	met  []ledger.Introduction // whom other lanes introduced
}

// Unsent notes what is on its way.
func (o *outbox) Unsent(ctx context.Context, entries, bytes int) (ledger.Stretch, error) {
	stretch, err := o.Store.Unsent(ctx, entries, bytes)
	o.sent = nil
	for _, body := range stretch.Bodies {
		o.sent = append(o.sent, ledger.HashOf(body))
	}
	if err == nil && o.till.Mutant == ClearedBeforeAck && len(stretch.Bodies) > 0 {
		return stretch, o.clear(ctx, stretch)
	}
	return stretch, err
}

// Acknowledge notes what headquarters said it has.
func (o *outbox) Acknowledge(ctx context.Context, ack ledger.Ack) error {
	for _, hash := range o.sent {
		o.till.hq.took(hash)
	}
	if o.till.Mutant == PruneStored {
		ack.Durable = ack.UpTo
	}
	return o.Store.Acknowledge(ctx, ack)
}

// AddRight notes until when a right may be spent.
func (o *outbox) AddRight(ctx context.Context, grant ledger.SignedEntry) error {
	if err := o.noteRight(grant); err != nil {
		return err
	}
	return o.Store.AddRight(ctx, grant)
}

func (o *outbox) noteRight(grant ledger.SignedEntry) error {
	e, err := ledger.Decode(grant.Body)
	if err != nil {
		return err
	}
	o.till.spendable[e.Right.ID] = e.Right.SpendUntil
	return nil
}

// asker asks headquarters from the counter. How long that may take is real
// time, which there is none of here.
type asker struct{ *till }

// AskRight implements checkout.Asker.
func (a asker) AskRight(ctx context.Context, account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) error {
	if a.askHub(account, program, unit, amount) {
		return nil
	}
	err := a.exchange.AskRight(context.WithoutCancel(ctx), account, program, unit, amount)
	if err == nil {
		a.counts.AskedForRights++
	}
	return err
}

// shown is what a till shows of a member; false where she is not known there.
func (t *till) shown(m *member) (loyalty.Balance, bool) {
	known, _, err := t.counter.Identify(ctx, m.number)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return loyalty.Balance{}, false
	}
	t.expect("identify", err)
	return known.Balance(unit), true
}
