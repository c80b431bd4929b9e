package simulate

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// storeHub is the store's hub on its machine: a till's store and exchange at which
// nobody buys, and what lanes tell it.
type storeHub struct {
	*till
	hub     *hub.Hub
	handler http.Handler
}

// newHub begins with the template's.
func (w *world) newHub() (*storeHub, error) {
	dir := w.folder()
	if err := copyFolder(dir, w.Template.hubs()); err != nil {
		return nil, err
	}
	disk, err := powercut.Watch(dir, w.random.Uint64())
	if err != nil {
		return nil, err
	}
	disk.Outside(markFile)
	h := &storeHub{till: &till{enrolled: *w.Template.hub}}
	h.become(w, "the hub", disk)
	h.start, h.stop = h.open, h.close
	return h, nil
}

func (h *storeHub) open() (err error) {
	if err := h.openStore(); err != nil {
		return err
	}
	to := &hub.Outbox{Outbox: &outbox{Store: h.store, till: h.till}}
	h.exchange = h.newExchange(h.Mutant.hubOutbox(to), h.network)
	h.hub, err = hub.Open(ctx, hub.Options{
		Dir: h.disk.Dir(), Chain: h.answer.Chain, Key: h.key, Rights: h.store, Members: h.store, Headquarters: h.exchange, Upstream: h.network, Now: h.now,
		Refused: func(err error) bool { return errors.As(err, new(*loyalty.NoRedeem)) },
		Given:   func() { h.counts.Parts++ },
		Notify:  func(what string, _ ledger.TerminalID, why error) { h.note("the hub: %s: %v", what, why) },
	})
	if err != nil {
		return err
	}
	to.Hub, h.handler = h.hub, h.hub.Handler()
	h.opened()
	return nil
}

func (h *storeHub) close() {
	if h.hub != nil {
		h.hub.Close() // of a disk that takes nothing any more
		h.hub = nil
	}
	h.till.close()
}

// serve is a lane's request as it arrives.
func (h *storeHub) serve(w http.ResponseWriter, r *http.Request) bool {
	if !h.up {
		return false
	}
	h.handler.ServeHTTP(w, r)
	return !h.disk.Stopped()
}

// pass is what the hub does between two waits: its own conversation, and what it does
// for its lanes.
func (h *storeHub) pass() {
	if h.gone {
		return
	}
	h.in(h.between(5*time.Second, time.Minute), h.pass)
	if h.up && h.greeted && h.chance(50) {
		h.relay()
	}
}

// relay brings headquarters what lanes told and it has not seen.
func (h *storeHub) relay() {
	before, err := h.hub.Status(ctx)
	if err == nil {
		err = errors.Join(h.hub.LearnLanes(ctx), h.hub.Relay(ctx))
	}
	after, failed := h.hub.Status(ctx)
	if err = errors.Join(err, failed); err != nil {
		h.note("the hub relays in vain")
		return
	}
	if n := before.Relayed - after.Relayed; n > 0 {
		h.counts.Relayed++
		h.note("the hub brought %d entries", n)
	}
}

// loseHub is a hub that burns: what it alone had of its own journal is in those of
// lanes, and costs nobody anything.
func (w *world) loseHub() {
	if w.hub == nil || !w.hub.up || w.hub.faulty {
		return
	}
	w.hub.disk.Stop()
	w.hub.stop()
	w.hub.up, w.hub.gone = false, true
	w.counts.HubLost++
	w.note("the hub is lost")
}

// terminals are the tills and the hub.
func (w *world) terminals() []*till {
	if w.hub == nil {
		return w.tills
	}
	return append(w.tills[:len(w.tills):len(w.tills)], w.hub.till)
}
