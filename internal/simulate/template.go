package simulate

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// mostTills is how many tills a template has.
const mostTills = 3

// Program is simple enough to add up: a point for each unit, and a hundred of
// them a reward.
const Program = `
program: starter
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units:
  points: {}
rules:
  - {id: base, on: sale, each: line, give: {points: 1/100}}
rewards:
  - {id: five, cost: {points: 100}, benefit: {discount: 100}}
offline: {share: 3/4, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 5000}
`

// AgingProgram is the same with points that wait a day and end after ten.
var AgingProgram = strings.Replace(Program, "points: {}", "points: {pending: P1D, expires: {after: P10D}}", 1)

// Template is what worlds begin with: a headquarters with a store and tills
// that it took in, none of which said hello yet. To make it takes longer than
// what happens then.
type Template struct {
	dir     string
	program *loyalty.Program
	tills   []enrolled
	hub     *enrolled // nil where the store has none
}

// enrolled is a till as headquarters took it in.
type enrolled struct {
	key    ed25519.PrivateKey
	answer wire.Enrolled
	lookup keys.Lookup
}

// NewTemplate makes one in an empty folder, for a program's text; hub says whether its
// store has one.
func NewTemplate(dir, program string, hub bool) (*Template, error) {
	loaded, err := loyalty.Load([]byte(program), "program.yaml")
	if err != nil {
		return nil, fmt.Errorf("make template: %w", err)
	}
	tm := &Template{dir: dir, program: loaded}
	if err := os.Mkdir(tm.headquarters(), 0o700); err != nil {
		return nil, fmt.Errorf("make template: %w", err)
	}
	if err := tm.found(hub); err != nil {
		return nil, fmt.Errorf("make template: %w", err)
	}
	return tm, nil
}

func (tm *Template) headquarters() string { return filepath.Join(tm.dir, "hq") }

func (tm *Template) till(i int) string { return filepath.Join(tm.dir, fmt.Sprint("till", i)) }

func (tm *Template) hubs() string { return filepath.Join(tm.dir, "hub") }

func (tm *Template) found(hub bool) error {
	h, err := hq.Open(ctx, hq.Options{
		Dir: tm.headquarters(), Now: func() time.Time { return begin }, Program: tm.program, Policy: authority.PolicyOf(tm.program),
	})
	if err != nil {
		return err
	}
	defer h.Close()
	store := wire.Store{ID: "s1", Name: "Corner Shop", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}
	if err := h.CreateStore(ctx, store); err != nil {
		return err
	}
	for i := range mostTills {
		e, err := tm.enroll(h, fmt.Sprint("Lane ", i+1), tm.till(i), h.IssueCode)
		if err != nil {
			return err
		}
		tm.tills = append(tm.tills, *e)
	}
	if hub {
		if tm.hub, err = tm.enroll(h, "Hub", tm.hubs(), h.IssueHubCode); err != nil {
			return err
		}
	}
	return h.Close()
}

// issue makes an enrollment code's secret.
type issue func(context.Context, ledger.StoreID, string, time.Duration) (string, error)

func (tm *Template) enroll(h *hq.Headquarters, name, dir string, issue issue) (*enrolled, error) {
	secret, err := issue(ctx, "s1", name, time.Hour)
	if err != nil {
		return nil, err
	}
	seed := sha256.Sum256([]byte(name))
	e := &enrolled{key: ed25519.NewKeyFromSeed(seed[:])}
	code := wire.EnrollmentCode{Fingerprint: ledger.Fingerprint(h.PublicKey()), Secret: secret}
	e.answer, err = hqsync.Enroll(ctx, hqsync.InProcess{Handler: h.Handler()}, code, e.key.Public().(ed25519.PublicKey), "machine")
	if err != nil {
		return nil, err
	}
	if e.lookup, err = keys.ParseLookup(base64.RawURLEncoding.EncodeToString(e.answer.LookupKey)); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := offline.Open(ctx, e.options(dir, tm.program, func() time.Time { return begin }))
	if err != nil {
		return nil, err
	}
	return e, store.Close()
}

func (e enrolled) options(dir string, program *loyalty.Program, now func() time.Time) offline.Options {
	return offline.Options{
		Dir: dir, Terminal: e.answer.Terminal, Store: e.answer.Store.ID, LookupKey: e.lookup, Program: program.Ref().ID,
		PerTerminalCap: program.Offline().PerTerminal, MaxOffline: program.Offline().MaxAge, Now: now,
	}
}

// copyFolder copies what a machine's folder has: a disk that nobody else may
// read.
func copyFolder(to, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
