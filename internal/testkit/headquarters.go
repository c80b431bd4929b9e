package testkit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Headquarters is a real one with one store, served over real HTTPS.
type Headquarters struct {
	*hq.Headquarters
	Address string // host:port
	Clock   *Clock
	Dir     string
	// Between, where it is set, stands between tills and the network.
	Between func(hqsync.Transport) hqsync.Transport

	t       testing.TB
	program *loyalty.Program
	events  *events
}

// events is what headquarters told people.
type events struct {
	mu  sync.Mutex
	all []event.Event
}

func (e *events) note(told event.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, told)
}

// Told returns the events of one kind so far.
func (h *Headquarters) Told(what string) (told []event.Event) {
	h.events.mu.Lock()
	defer h.events.mu.Unlock()
	for _, e := range h.events.all {
		if e.What == what {
			told = append(told, e)
		}
	}
	return told
}

// NewHeadquarters opens one in a folder of its own and serves it until the test
// ends.
func NewHeadquarters(t testing.TB, program *loyalty.Program) *Headquarters {
	t.Helper()
	return NewHeadquartersIn(t, program, t.TempDir(), func(err error) { t.Errorf("headquarters: %v", err) })
}

// NewHeadquartersIn is NewHeadquarters in a folder of the test's, which hears of
// rounds of work that fail.
func NewHeadquartersIn(t testing.TB, program *loyalty.Program, dir string, failed func(error)) *Headquarters {
	t.Helper()
	h := serveHeadquarters(t, program, dir, NewClock(), failed)
	must(t, h.CreateStore(context.Background(), wire.Store{
		ID: "s1", Name: "Corner Shop", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR",
	}))
	return h
}

// Backup copies what a headquarters is into a new folder while it runs.
func (h *Headquarters) Backup() (dir string) {
	h.t.Helper()
	dir = h.t.TempDir()
	must(h.t, custody.CopyDatabase(context.Background(), h.Dir, dir))
	copySecret(h.t, filepath.Join(h.Dir, hq.KeyFile), filepath.Join(dir, hq.KeyFile))
	return dir
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func copySecret(t testing.TB, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, text, 0o600))
}

// Restore serves a backup as a new incarnation at another address. The log of
// erasures is no part of a backup: it is the one that was written last.
func (h *Headquarters) Restore(backup string) *Headquarters {
	h.t.Helper()
	dir := h.t.TempDir()
	for _, name := range []string{hq.KeyFile, hq.DatabaseFile} {
		copySecret(h.t, filepath.Join(backup, name), filepath.Join(dir, name))
	}
	if log := filepath.Join(h.Dir, hq.ErasuresFile); exists(log) {
		copySecret(h.t, log, filepath.Join(dir, hq.ErasuresFile))
	}
	_, err := custody.Restore(context.Background(), home.At{Dir: dir}, h.Clock.Now())
	must(h.t, err)
	return serveHeadquarters(h.t, h.program, dir, h.Clock, func(err error) { h.t.Errorf("headquarters: %v", err) })
}

// Move lets a till reach headquarters at another address, by the keys that its
// exchange trusts.
func (h *Headquarters) Move(e *Enrolled) {
	transport := hqsync.NewHTTP("https://"+h.Address, e.Exchange.Trusts)
	h.t.Cleanup(transport.Close)
	e.Network.Transport = h.between(transport)
}

func (h *Headquarters) between(transport hqsync.Transport) hqsync.Transport {
	if h.Between == nil {
		return transport
	}
	return h.Between(transport)
}

func serveHeadquarters(t testing.TB, program *loyalty.Program, dir string, clock *Clock, failed func(error)) *Headquarters {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h := &Headquarters{t: t, program: program, Clock: clock, Dir: dir, events: new(events)}
	var err error
	h.Headquarters, err = hq.Open(ctx, hq.Options{Dir: dir, Now: clock.Now, Program: program, Policy: authority.PolicyOf(program), Notify: h.events.note})
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.Address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.Serve(ctx, listener, failed) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-served)
		must(t, h.Close())
	})
	return h
}

// Code is a one-time code for a terminal of the first store that reaches
// headquarters at address.
func (h *Headquarters) Code(address, name string) wire.EnrollmentCode {
	h.t.Helper()
	return h.code("s1", address, name)
}

func (h *Headquarters) code(store ledger.StoreID, address, name string) wire.EnrollmentCode {
	h.t.Helper()
	secret, err := h.IssueCode(context.Background(), store, name, 1<<40)
	must(h.t, err)
	return wire.EnrollmentCode{URL: "https://" + address, Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
}

// Enrolled is a till of a headquarters, with its exchange over a network that
// tests disturb.
type Enrolled struct {
	*Till
	Exchange *hqsync.Exchange
	Network  *Network
	// Of a lane with a hub (UseHub): its conversation, the ways there and past it.
	Link           *hqsync.HubLink
	Nearby, Direct *Network
	Via            *hqsync.Via
	Forged         []string // publications it passed over
	// Replaced says that its store was given another program than the till was
	// opened for: Reopen opens it for that one.
	Replaced bool

	key    ed25519.PrivateKey
	answer wire.Enrolled
}

// Enroll takes a new till of the first store in, which reaches headquarters at
// address. Both go by headquarters' clock.
func (h *Headquarters) Enroll(address string) *Enrolled {
	h.t.Helper()
	return h.EnrollAt("s1", address)
}

// EnrollAt takes a new till of a store in.
func (h *Headquarters) EnrollAt(store ledger.StoreID, address string) *Enrolled {
	h.t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	must(h.t, err)
	code := h.code(store, address, fmt.Sprintf("Lane %x", public[:4]))
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	h.t.Cleanup(transport.Close)
	e := &Enrolled{key: key, Network: &Network{Transport: h.between(transport)}}
	e.answer, err = hqsync.Enroll(context.Background(), e.Network, code, public, "machine")
	must(h.t, err)
	return h.open(e, h.t.TempDir())
}

// EnrollAgain takes a till in that a restored headquarters has forgotten.
func (h *Headquarters) EnrollAgain(e *Enrolled) error {
	code := h.Code(h.Address, fmt.Sprintf("Lane %x again", e.key.Public().(ed25519.PublicKey)[:4]))
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	for range 2 { // as where the first answer was lost
		answer, err := hqsync.EnrollAgain(context.Background(), transport, code, e.Identity(), e.answer.LookupKey)
		if err != nil {
			return err
		}
		e.answer = answer
	}
	return nil
}

// Copy is the same terminal on a copy of its folder. Neither may be open: a
// copy of an open database is another matter.
func (h *Headquarters) Copy(e *Enrolled) *Enrolled {
	h.t.Helper()
	dir := h.t.TempDir()
	must(h.t, os.CopyFS(dir, os.DirFS(e.Options.Dir)))
	return h.open(&Enrolled{key: e.key, Network: &Network{Transport: e.Network.Transport}, answer: e.answer}, dir)
}

// Reopen opens a closed till again; a lane has no hub until it is given it again.
func (h *Headquarters) Reopen(e *Enrolled) *Enrolled {
	h.t.Helper()
	if e.Direct != nil {
		e.Network.Transport = e.Direct.Transport
	}
	return h.open(&Enrolled{key: e.key, Network: e.Network, answer: e.answer}, e.Options.Dir)
}

func (h *Headquarters) open(e *Enrolled, dir string) *Enrolled {
	h.t.Helper()
	lookup, err := keys.ParseLookup(base64.RawURLEncoding.EncodeToString(e.answer.LookupKey))
	must(h.t, err)
	options := offline.Options{Dir: dir, Terminal: e.answer.Terminal, Store: e.answer.Store.ID, LookupKey: lookup}
	e.Till = openTill(h.t, h.program, h.Clock, options, e.answer.Recipient)
	if heard := e.heard(); len(heard.Versions) > 0 && heard.Versions[0].Ref().ID != h.program.Ref().ID {
		must(h.t, e.Store.Close())
		e.Till = openTill(h.t, heard.Versions[0], h.Clock, options, e.answer.Recipient)
	}
	e.Exchange = hqsync.NewExchange(e.Identity(), e.Store, e.Network, h.Clock.Now, newRight)
	e.follow()
	return e
}

// Identity is who the till is.
func (e *Enrolled) Identity() hqsync.Identity {
	return hqsync.Identity{
		Terminal: e.answer.Terminal, Key: e.key, Chain: e.answer.Chain, Headquarters: e.answer.PublicKey,
		Release: "test", Fingerprint: "machine",
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
