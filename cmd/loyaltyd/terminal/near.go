package terminal

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// near is a till's side of its store's hub. A nil one is that of a store without.
type near struct {
	address wire.HubAddress
	log     zerolog.Logger
	http    *hqsync.HTTP
	way     *hqsync.Via
	link    *hqsync.HubLink
	loop    *hqsync.Loop
	reached atomic.Bool

	mu    sync.Mutex
	since *time.Time // nil before the first try ended
	why   string     // it is not reached
}

// hubRetryMax bounds the wait between tries for a hub: it is in the same house.
const hubRetryMax = 5 * time.Second

// openNear prepares the way to the store's hub, where one is configured.
func (t *Terminal) openNear() error {
	if t.Config.Hub.Address == "" || t.own != nil {
		return nil
	}
	address, err := wire.ParseHubAddress(t.Config.Hub.Address)
	if err != nil {
		return exit.Fail(exit.Config, "correct hub.address", err)
	}
	t.near = &near{address: address, log: t.log, http: hqsync.NewHubHTTP(address.URL, address.Fingerprint)}
	return nil
}

// via leads to headquarters through the hub, or directly.
func (n *near) via(direct hqsync.Transport) hqsync.Transport {
	n.way = &hqsync.Via{Hub: n.http, Direct: direct, Reached: n.reached.Load, Now: time.Now}
	return n.way
}

// linkNear makes the till's conversation with the hub.
func (t *Terminal) linkNear() {
	if t.near == nil {
		return
	}
	n := t.near
	n.link = hqsync.NewHubLink(t.exchange, n.address.Fingerprint, t.Store, n.http)
	n.loop = hqsync.NewLoop(n.link)
	n.loop.MaxWait = hubRetryMax
	n.loop.Changed = n.tell
}

// tell notes, and writes into the diary, when the hub is reached, or no longer.
func (n *near) tell(err error) {
	now := time.Now()
	n.reached.Store(err == nil)
	n.mu.Lock()
	n.since, n.why = &now, ""
	if err != nil {
		n.why = err.Error()
	}
	n.mu.Unlock()
	switch {
	case err == nil:
		n.log.Info().Msg("hub reached")
	case errors.Is(err, sqlitedb.ErrStorage):
		n.log.Error().Err(err).Msg("storage failed: the hub is told nothing")
	default:
		n.log.Warn().Err(err).Msg("hub not reached: working without other lanes")
	}
}

// appended says that there is something to tell.
func (n *near) appended() {
	if n != nil {
		n.loop.Appended()
	}
}

func (n *near) close() {
	if n != nil {
		n.http.Close()
	}
}

// NearStatus is how a till stands with its hub.
type NearStatus struct {
	Address string     `json:"address"`
	Reached bool       `json:"reached"`
	Since   *time.Time `json:"since"`         // null before the first try ended
	Why     string     `json:"why,omitempty"` // it is not reached
	// Way is how headquarters was reached last: hub, direct, or empty.
	Way hqsync.Way `json:"way"`
	// Relayed entries are at the hub and not acknowledged by headquarters; Untold ones
	// only here.
	Relayed int `json:"relayed"`
	Untold  int `json:"untold"`
}

func (n *near) status(store *offline.Store, unsent int) *NearStatus {
	if n == nil {
		return nil
	}
	untold := store.UnsentBeside(n.link.Relayed())
	n.mu.Lock()
	defer n.mu.Unlock()
	return &NearStatus{
		Address: n.address.URL, Reached: n.reached.Load(), Since: n.since, Why: n.why, Way: n.way.Way(),
		Relayed: max(0, unsent-untold), Untold: untold,
	}
}

// Words say how a till stands with its hub.
func (n NearStatus) Words(zone *time.Location) string {
	at := "is being asked for the first time"
	switch {
	case n.Reached && n.Since != nil:
		at = "answers since " + stamp.At(*n.Since, zone)
	case n.Since != nil:
		at = fmt.Sprintf("does not answer since %s: %s", stamp.At(*n.Since, zone), n.Why)
	}
	return fmt.Sprintf("hub %s %s; %d entries are there and not acknowledged, %d only here", n.Address, at, n.Relayed, n.Untold)
}

// Through says how headquarters is reached, where it is.
func (n NearStatus) Through(r Reach) string {
	switch {
	case r.Reached && n.Way == hqsync.ByHub:
		return ", via the hub"
	case r.Reached && n.Way == hqsync.Directly:
		return ", directly"
	case n.Reached:
		return "; the store's lanes hear of each other"
	}
	return "; this till works alone"
}
