package simulate

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// near is a lane's side of its store's hub.
type near struct {
	link    *hqsync.HubLink
	network *network
	via     *hqsync.Via
	reached bool
}

// way is how a till reaches headquarters: through the hub, where its store has one.
func (t *till) way() hqsync.Transport {
	if t.near == nil {
		return t.network
	}
	t.near.via = &hqsync.Via{Hub: t.near.network, Direct: t.network, Reached: func() bool { return t.near.reached }, Now: t.now}
	return t.near.via
}

// linkHub gives a till that was opened its conversation with the hub.
func (t *till) linkHub(o *outbox) {
	if t.near == nil {
		return
	}
	fingerprint := ledger.Fingerprint(t.hub.key.Public().(ed25519.PublicKey))
	t.near.link, t.near.reached = hqsync.NewHubLink(t.exchange, fingerprint, o, t.near.network), false
}

// meet is what a lane's loop with its hub does between two waits.
func (t *till) meet() {
	if t.gone {
		return
	}
	t.in(t.between(time.Second, 20*time.Second), t.meet)
	if t.up && !t.faulty {
		t.near.reached = t.chat() == nil
	}
}

// chat tells the hub all there is, and reads its news to their end.
func (t *till) chat() error {
	if !t.near.reached {
		if _, err := t.near.link.Greet(ctx); err != nil {
			return err
		}
	}
	for range exchangeMost {
		if n, err := t.near.link.Push(ctx); err != nil || n == 0 {
			if err != nil {
				return err
			}
			break
		}
	}
	if err := t.relayed(); err != nil {
		return err
	}
	for range exchangeMost {
		if more, err := t.near.link.Pull(ctx, 0); err != nil || !more {
			return err
		}
	}
	return nil
}

// AddPart notes until when a part may be spent.
func (o *outbox) AddPart(ctx context.Context, part ledger.SignedEntry) error {
	e, err := ledger.Decode(part.Body)
	if err != nil {
		return err
	}
	o.till.spendable[e.Right.ID] = e.Right.SpendUntil
	return o.Store.AddPart(ctx, part)
}

// ApplyNews counts what other lanes told.
func (o *outbox) ApplyNews(ctx context.Context, news []ledger.News, next ledger.Cursor) error {
	for _, n := range news {
		if n.Place.Terminal != o.till.answer.Terminal {
			o.till.counts.ToldByHub++
		}
	}
	return o.Store.ApplyNews(ctx, news, next)
}

// askHub asks the hub for a part from the counter; false where it gives none.
func (t *till) askHub(account ledger.AccountID, program string, unit ledger.Unit, amount ledger.Points) bool {
	return t.near != nil && t.near.reached && t.near.link.AskPart(ctx, account, program, unit, amount) == nil
}

// outage takes the internet from the whole store. While it lasts somebody comes who was
// never here: lanes have her of each other alone.
func (w *world) outage() {
	d := w.between(time.Minute, 20*time.Minute)
	w.members = append(w.members, w.newMember())
	w.note("no internet for %s", d)
	for _, t := range w.terminals() {
		w.part(t, d)
	}
}

// cutHub takes the hub from a lane.
func (w *world) cutHub() {
	t := w.any()
	if t.near == nil {
		return
	}
	t.near.network.cut = true
	w.note("%s does not reach the hub", t.name)
	w.in(w.between(time.Minute, 20*time.Minute), func() { t.near.network.cut = false })
}
