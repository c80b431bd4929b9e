package testkit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Hub is a store's hub on real stores, served over real HTTPS.
type Hub struct {
	*hub.Hub
	Store    *offline.Store
	Exchange *hqsync.Exchange
	Uplink   *Network // its way to headquarters, and that of what it passes on
	Address  string   // host:port
	// Lie changes what the hub gives to lanes; nil where it is honest.
	Lie func([]ledger.GivenPart) []ledger.GivenPart

	t      testing.TB
	of     *Headquarters
	key    ed25519.PrivateKey
	answer wire.Enrolled
	dir    string
	stop   func()

	mu   sync.Mutex
	told []string
}

// EnrollHub takes a hub of the first store in and serves it until it is killed or
// the test ends.
func (h *Headquarters) EnrollHub() *Hub {
	h.t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	must(h.t, err)
	secret, err := h.IssueHubCode(context.Background(), "s1", "Hub", time.Hour)
	must(h.t, err)
	code := wire.EnrollmentCode{URL: "https://" + h.Address, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	u := &Hub{t: h.t, of: h, key: key, dir: h.t.TempDir(), Uplink: new(Network)}
	u.Uplink.Transport = h.trusting(hqsync.FingerprintOf(code.Fingerprint))
	u.answer, err = hqsync.Enroll(context.Background(), u.Uplink, code, public, "machine")
	must(h.t, err)
	u.start("127.0.0.1:0")
	u.MoveTo(h)
	return u
}

// Fingerprint is that of the hub's key, as lanes are given it.
func (u *Hub) Fingerprint() string { return ledger.Fingerprint(u.key.Public().(ed25519.PublicKey)) }

// Key is the hub's own.
func (u *Hub) Key() ed25519.PrivateKey { return u.key }

// Dir is the hub's folder.
func (u *Hub) Dir() string { return u.dir }

// Terminal is the hub's id.
func (u *Hub) Terminal() ledger.TerminalID { return u.answer.Terminal }

// start opens what is in the hub's folder and serves it at an address.
func (u *Hub) start(address string) {
	u.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	lookup, err := keys.ParseLookup(base64.RawURLEncoding.EncodeToString(u.answer.LookupKey))
	must(u.t, err)
	program := u.of.program
	u.Store, err = offline.Open(ctx, offline.Options{
		Dir: u.dir, Terminal: u.answer.Terminal, Store: u.answer.Store.ID, LookupKey: lookup, Program: program.Ref().ID,
		PerTerminalCap: program.Offline().PerTerminal, MaxOffline: program.Offline().MaxAge, Now: u.of.Clock.Now,
	})
	must(u.t, err)
	identity := hqsync.Identity{
		Terminal: u.answer.Terminal, Key: u.key, Chain: u.answer.Chain, Headquarters: u.answer.PublicKey, Release: "test", Fingerprint: "machine",
	}
	outbox := &hub.Outbox{Outbox: u.Store}
	u.Exchange = hqsync.NewExchange(identity, outbox, u.Uplink, u.of.Clock.Now, newRight)
	u.Hub, err = hub.Open(ctx, hub.Options{
		Dir: u.dir, Chain: u.answer.Chain, Key: u.key, Rights: rights{u.Store, u}, Members: u.Store, Headquarters: u.Exchange, Upstream: u.Uplink,
		Refused: func(err error) bool { return errors.As(err, new(*loyalty.NoRedeem)) },
		Given:   func() {}, Now: u.of.Clock.Now,
		Notify: u.note,
	})
	must(u.t, err)
	outbox.Hub = u.Hub
	listener, err := net.Listen("tcp", address)
	must(u.t, err)
	u.Address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- u.Serve(ctx, listener) }()
	stopped := false
	u.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		must(u.t, errors.Join(<-served, u.Hub.Close(), u.Store.Close()))
	}
	u.t.Cleanup(u.stop)
}

// rights are those of a hub that may lie about them.
type rights struct {
	*offline.Store
	of *Hub
}

// Split implements hub.Rights.
func (r rights) Split(ctx context.Context, wanted ledger.PartWanted, sign func([]byte) []byte) ([]ledger.GivenPart, error) {
	given, err := r.Store.Split(ctx, wanted, sign)
	if r.of.Lie != nil {
		given = r.of.Lie(given)
	}
	return given, err
}

// Told is what the hub said that a person should hear of.
func (u *Hub) Told() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.told)
}

func (u *Hub) note(what string, _ ledger.TerminalID, why error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.told = append(u.told, what+": "+why.Error())
}

// Kill ends the hub: nobody answers at its address.
func (u *Hub) Kill() { u.stop() }

// Restart opens the killed hub again, at its address.
func (u *Hub) Restart() {
	u.t.Helper()
	u.start(u.Address)
}

// Sync says hello, brings headquarters what is kept for it, and reads the feed.
func (u *Hub) Sync(ctx context.Context) error {
	if _, err := u.Exchange.Once(ctx); err != nil {
		return err
	}
	return errors.Join(u.LearnLanes(ctx), u.Relay(ctx))
}

// UseHub gives a lane a hub: its exchange goes through it, and it asks it first.
func (e *Enrolled) UseHub(u *Hub) {
	e.t.Helper()
	transport := hqsync.NewHubHTTP("https://"+u.Address, u.Fingerprint())
	e.t.Cleanup(transport.Close)
	e.Nearby = &Network{Transport: transport}
	e.Direct = &Network{Transport: e.Network.Transport}
	reached := func() bool { return true }
	e.Via = &hqsync.Via{Hub: e.Nearby, Direct: e.Direct, Reached: reached, Now: e.Clock.Now}
	e.Network.Transport = e.Via
	e.Link = hqsync.NewHubLink(e.Exchange, u.Fingerprint(), e.Store, e.Nearby)
	e.Asker = hqsync.Nearby{Link: e.Link, Exchange: e.Exchange, Reached: reached}
}

// Meet tells the hub all there is, and reads its news to their end.
func (e *Enrolled) Meet(ctx context.Context) error {
	err := e.meet(ctx)
	if errors.Is(err, hqsync.ErrGreet) {
		err = e.meet(ctx)
	}
	return err
}

func (e *Enrolled) meet(ctx context.Context) error {
	if _, err := e.Link.Greet(ctx); err != nil {
		return err
	}
	for {
		n, err := e.Link.Push(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	for {
		more, err := e.Link.Pull(ctx, 0)
		if err != nil || !more {
			return err
		}
	}
}

// Forge has the hub give a lane a part of its first right that its own books say
// nothing of.
func (u *Hub) Forge(e *Enrolled, amount ledger.Points) {
	u.t.Helper()
	ctx := context.Background()
	head, err := e.Store.Head(ctx)
	must(u.t, err)
	kept, _, err := u.Store.KeptRights(ctx, ledger.RightID{}, 1)
	must(u.t, err)
	grant, err := ledger.Decode(kept[0].Grant.Body)
	must(u.t, err)
	split := ledger.PartWanted{ID: newRight(), Terminal: e.Options.Terminal, Epoch: head.Epoch, Branch: head.Branch}.SplitOf(grant, amount)
	split.ID, split.At, split.Store = newEntry(), ledger.MillisOf(u.of.Clock.Now()), "s1"
	body, err := split.Encode()
	must(u.t, err)
	part := ledger.SignedEntry{Body: body, Signature: ledger.Sign(u.key, ledger.SplitDomain, body)}
	_, err = ledger.TakePart(kept[0].Grant, part, ledger.NewKeyChain(u.answer.Chain, u.answer.PublicKey), u.Fingerprint())
	must(u.t, err)
	must(u.t, e.Store.AddPart(ctx, part))
}

// MoveTo lets the hub reach headquarters at another address.
func (u *Hub) MoveTo(h *Headquarters) { u.Uplink.Transport = h.trusting(u.Exchange.Trusts) }

// MoveLane lets a lane with a hub reach headquarters at another address.
func (h *Headquarters) MoveLane(e *Enrolled) { e.Direct.Transport = h.trusting(e.Exchange.Trusts) }

func (h *Headquarters) trusting(trusted func(ed25519.PublicKey) bool) hqsync.Transport {
	transport := hqsync.NewHTTP("https://"+h.Address, trusted)
	h.t.Cleanup(transport.Close)
	return transport
}
