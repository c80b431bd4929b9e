package testkit

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Points is the unit of the starter program.
const Points ledger.Unit = "points"

var (
	newEntry    func() ledger.EntryID    = ledger.NewID
	newTerminal func() ledger.TerminalID = ledger.NewID
	newRight    func() ledger.RightID    = ledger.NewID
	newHold     func() ledger.HoldID     = ledger.NewID
	newAccount  func() ledger.AccountID  = ledger.NewRandomID
	newSuspect  func() ledger.SuspectID  = ledger.NewRandomID
)

// Till is a till on a real store in a folder of its own, with attachments
// really sealed.
type Till struct {
	*checkout.Till
	Store   *offline.Store
	Options offline.Options
	Clock   *Clock

	t      testing.TB
	opener keys.Identity // of a till that stands alone
	fed    ledger.Position
}

// NewTill opens a till that no headquarters stands behind, as if one had
// greeted it just now.
func NewTill(t testing.TB, program *loyalty.Program) *Till {
	t.Helper()
	opener, err := keys.NewIdentity()
	must(t, err)
	options := offline.Options{Dir: t.TempDir(), Terminal: newTerminal(), Store: "s1", LookupKey: keys.NewLookup()}
	tl := openTill(t, program, NewClock(), options, opener.Recipient())
	tl.opener = opener
	tl.Greet()
	return tl
}

func openTill(t testing.TB, program *loyalty.Program, clock *Clock, options offline.Options, recipient string) *Till {
	t.Helper()
	options.Program, options.Now = program.Ref().ID, clock.Now
	options.PerTerminalCap, options.MaxOffline = program.Offline().PerTerminal, program.Offline().MaxAge
	zone, err := time.LoadLocation("Europe/Istanbul")
	must(t, err)
	programs := loyalty.NewVersions(zone, program)
	options.Recall = programs.Memory()
	store, err := offline.Open(context.Background(), options)
	must(t, err)
	t.Cleanup(func() { store.Close() })
	return &Till{t: t, Store: store, Options: options, Clock: clock, Till: &checkout.Till{
		Store: store, Programs: programs, Terminal: options.Terminal, StoreID: options.Store, Region: "TR", Zone: zone, Operator: "-",
		Seal: checkout.SealPerson(func(plain []byte) ([]byte, error) {
			ciphertext, _, err := keys.SealAttachment(recipient, plain)
			return ciphertext, err
		}),
		Keyed:       func(asked []byte) ledger.Hash { return options.LookupKey.Sum("request", asked) },
		HashedPhone: func(e164 string) ledger.KeyedHash { return options.LookupKey.Hash(ledger.PhoneIdentifier, e164) },
		Sealing:     func(data []byte) ledger.Hash { return options.LookupKey.Sum(ledger.ClaimSeal, data) },
		NewEntry:    newEntry, NewAccount: newAccount, NewSuspect: newSuspect, NewHold: newHold,
	}}
}

// Greet is a word from headquarters, now.
func (tl *Till) Greet() {
	tl.t.Helper()
	must(tl.t, tl.Store.Resume(context.Background(), ledger.Head{}, ledger.Contact{Incarnation: 1, Token: "t"}))
	must(tl.t, tl.Store.Heard(context.Background(), ledger.MillisOf(tl.Clock.Now())))
}

// Reopen closes a till that stands alone and opens it again.
func (tl *Till) Reopen() *Till {
	tl.t.Helper()
	must(tl.t, tl.Store.Close())
	again := openTill(tl.t, tl.Programs.At(tl.Clock.Now()), tl.Clock, tl.Options, tl.opener.Recipient())
	again.opener, again.fed = tl.opener, tl.fed
	return again
}

// Give makes headquarters' word that an account has so many points, all of
// them set aside for this till, and is found by these cards.
func (tl *Till) Give(account ledger.AccountID, amount ledger.Points, cards ...string) {
	tl.t.Helper()
	tl.Place(account, Points, amount)
	state := ledger.AccountState{
		Account: account, AsOf: ledger.MillisOf(tl.Clock.Now()),
		Balances: []ledger.Balance{{Program: tl.Options.Program, Unit: Points, Escrowed: amount}},
	}
	for _, card := range cards {
		state.Identifiers = append(state.Identifiers, tl.Options.LookupKey.Hash(ledger.CardIdentifier, card))
	}
	tl.Feed(state)
}

// Place makes headquarters' grant of so much of a unit to this till.
func (tl *Till) Place(account ledger.AccountID, unit ledger.Unit, amount ledger.Points) {
	tl.t.Helper()
	tl.PlaceOn(account, unit, amount, nil)
}

// PlaceOn is Place of vouchers that are on these terms.
func (tl *Till) PlaceOn(account ledger.AccountID, unit ledger.Unit, amount ledger.Points, terms *ledger.LotTerms) {
	tl.t.Helper()
	ctx := context.Background()
	head, err := tl.Store.Head(ctx)
	must(tl.t, err)
	right, at := newRight(), ledger.MillisOf(tl.Clock.Now())
	grant := &ledger.Entry{
		V: ledger.Version, ID: newEntry(), Kind: ledger.Grant, At: at, Subject: ledger.SubjectOf(account),
		Right: &ledger.Right{
			ID: right, Terminal: tl.Options.Terminal, Epoch: head.Epoch, Branch: head.Branch, Program: tl.Options.Program,
			Unit: unit, Amount: amount, SpendUntil: at.Add(72 * time.Hour), ReclaimAt: at.Add(240 * time.Hour), Terms: terms,
		},
		Postings: []ledger.Posting{{Unit: unit, Amount: amount, From: ledger.Available, To: ledger.Escrow(right), Right: right}},
	}
	body, err := grant.Encode()
	must(tl.t, err)
	must(tl.t, tl.Store.AddRight(ctx, ledger.SignedEntry{Body: body, Signature: []byte("signed")}))
}

// Feed makes headquarters' word of an account.
func (tl *Till) Feed(state ledger.AccountState) {
	tl.t.Helper()
	tl.fed++
	change := ledger.Change{Position: tl.fed, Kind: ledger.AccountChange, Key: state.Account.String(), Account: &state}
	must(tl.t, tl.Store.Apply(context.Background(), []ledger.Change{change}, ledger.Cursor{Incarnation: 1, Position: tl.fed}))
}

// Journal is every entry of the till's journal, in order, with attachments.
func (tl *Till) Journal() ([]*ledger.Entry, [][]byte) {
	tl.t.Helper()
	stretch, err := tl.Store.Unsent(context.Background(), 1<<20, 1<<30)
	must(tl.t, err)
	entries := make([]*ledger.Entry, len(stretch.Bodies))
	for i, body := range stretch.Bodies {
		entries[i], err = ledger.Decode(body)
		must(tl.t, err)
	}
	return entries, stretch.Attachments
}

// Person opens an attachment as headquarters would.
func (tl *Till) Person(attachment []byte) ledger.Person {
	tl.t.Helper()
	plain, err := keys.OpenAttachment(tl.opener, attachment)
	must(tl.t, err)
	var person ledger.Person
	must(tl.t, json.Unmarshal(plain, &person))
	return person
}

// Receipt is the number of the nth receipt of the till's first epoch, from 1.
func (tl *Till) Receipt(n int64) string { return offline.ReceiptNumber(tl.Options.Terminal, 1, n) }
