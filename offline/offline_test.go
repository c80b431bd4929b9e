package offline_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

const (
	points  ledger.Unit = "points"
	program             = "starter"
	day     ledger.Date = "2026-11-22"
)

var (
	newEntryID    func() ledger.EntryID    = ledger.NewID
	newTerminalID func() ledger.TerminalID = ledger.NewID
	newRightID    func() ledger.RightID    = ledger.NewID
	newHoldID     func() ledger.HoldID     = ledger.NewID
	newAccountID  func() ledger.AccountID  = ledger.NewRandomID
)

// till is a store with a clock that the test sets.
type till struct {
	*offline.Store
	t     testing.TB
	opts  offline.Options
	clock *atomic.Int64 // milliseconds
	sales int
}

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// newTill opens a store in a new folder; greeted, unless told otherwise by a
// test that opens it itself.
func newTill(t testing.TB) *till {
	t.Helper()
	tl := &till{t: t, clock: new(atomic.Int64)}
	tl.clock.Store(start.UnixMilli())
	tl.opts = offline.Options{
		Dir: t.TempDir(), Terminal: newTerminalID(), Store: "s1", LookupKey: keys.NewLookup(),
		Program: program, PerTerminalCap: 20_000, MaxOffline: 72 * time.Hour,
		Now: func() time.Time { return time.UnixMilli(tl.clock.Load()) },
	}
	tl.open()
	tl.greet()
	return tl
}

func (tl *till) open() {
	tl.t.Helper()
	store, err := offline.Open(context.Background(), tl.opts)
	if err != nil {
		tl.t.Fatal(err)
	}
	tl.Store = store
	tl.t.Cleanup(func() { store.Close() })
}

func (tl *till) reopen() {
	tl.t.Helper()
	if err := tl.Close(); err != nil {
		tl.t.Fatal(err)
	}
	tl.open()
}

func (tl *till) now() ledger.Millis      { return ledger.Millis(tl.clock.Load()) }
func (tl *till) advance(d time.Duration) { tl.clock.Add(d.Milliseconds()) }
func (tl *till) path(name string) string { return filepath.Join(tl.opts.Dir, name) }
func (tl *till) must(what string, err error) {
	tl.t.Helper()
	if err != nil {
		tl.t.Fatalf("%s: %v", what, err)
	}
}

// greet is a hello after which headquarters knows what it knew.
func (tl *till) greet() {
	tl.t.Helper()
	st, err := tl.Status(context.Background())
	tl.must("status", err)
	tl.must("resume", tl.Resume(context.Background(), st.Acked, ledger.Contact{Incarnation: 1, Token: "t0"}))
	tl.heard(tl.now())
}

// sale makes the record of a sale to an account; earned 0 earns nothing.
func (tl *till) sale(account ledger.AccountID, earned ledger.Points) ledger.Record {
	tl.t.Helper()
	tl.sales++
	e := &ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Sold, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(account), Proof: ledger.Claimed, Program: &ledger.ProgramRef{ID: program, Version: 1},
		Sale: &ledger.Sale{
			ID: fmt.Sprintf("pos-%d", tl.sales), Receipt: fmt.Sprint(tl.sales), Currency: "TRY", Total: 1999,
			Lines: []ledger.Line{{SKU: "4006381333931", Net: 1666, Gross: 1999, Quantity: 1}},
		},
	}
	if earned > 0 {
		e.Postings = []ledger.Posting{{Unit: points, Amount: earned, From: ledger.Issued, To: ledger.Available, Rule: "base"}}
	}
	return tl.encode(e)
}

func (tl *till) encode(e *ledger.Entry) ledger.Record {
	tl.t.Helper()
	body, err := e.Encode()
	tl.must("encode", err)
	return ledger.Record{Entry: e, Body: body, Request: ledger.HashOf([]byte(e.Subject))}
}

// redeem makes the record of a sale that spends a hold.
func (tl *till) redeem(account ledger.AccountID, hold ledger.Hold) ledger.Record {
	tl.t.Helper()
	e := tl.sale(account, 0).Entry
	e.Sale.Rewards = []ledger.Taken{{Reward: hold.Reward, Times: 1, Hold: hold.ID}}
	for _, part := range hold.Parts {
		e.Postings = append(e.Postings, ledger.Posting{
			Unit: points, Amount: part.Amount, From: ledger.Escrow(part.Right), To: ledger.Redeemed,
			Reward: hold.Reward, Right: part.Right,
		})
	}
	return tl.encode(e)
}

func (tl *till) append(r ledger.Record) {
	tl.t.Helper()
	tl.must("append", tl.Append(context.Background(), r))
}

// enroll makes the record of an enrollment by a phone number.
func (tl *till) enroll(account ledger.AccountID, e164 string) ledger.Record {
	tl.t.Helper()
	sealed := []byte("age-encryption.org/v1 " + account.String())
	r := tl.encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Enroll, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(account), Proof: ledger.Claimed, Program: &ledger.ProgramRef{ID: program, Version: 1},
		Attachment: ledger.HashOf(sealed),
	})
	r.Attachment = sealed
	r.Identifier = &ledger.Identifier{Kind: ledger.PhoneIdentifier, Value: e164, Mask: ledger.MaskPhone(e164)}
	return r
}

// grant makes a right to points for this terminal as it is now.
func (tl *till) grant(account ledger.AccountID, amount ledger.Points, lasts time.Duration) (ledger.RightID, ledger.SignedEntry) {
	tl.t.Helper()
	head := tl.head()
	id := newRightID()
	e := &ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Grant, At: tl.now(), Subject: ledger.SubjectOf(account),
		Right: &ledger.Right{
			ID: id, Terminal: tl.opts.Terminal, Epoch: head.Epoch, Branch: head.Branch, Program: program, Unit: points,
			Amount: amount, SpendUntil: tl.now().Add(lasts), ReclaimAt: tl.now().Add(lasts + 7*24*time.Hour),
		},
		Postings: []ledger.Posting{{Unit: points, Amount: amount, From: ledger.Available, To: ledger.Escrow(id), Right: id}},
	}
	return id, ledger.SignedEntry{Body: tl.encode(e).Body, Signature: []byte("signed")}
}

func (tl *till) addRight(account ledger.AccountID, amount ledger.Points, lasts time.Duration) ledger.RightID {
	tl.t.Helper()
	id, grant := tl.grant(account, amount, lasts)
	tl.must("add right", tl.AddRight(context.Background(), grant))
	return id
}

func (tl *till) wish(account ledger.AccountID, amount ledger.Points) ledger.Hold {
	return ledger.Hold{
		ID: newHoldID(), Sale: "open", Account: account, Program: program, Unit: points,
		Reward: "five-off", Amount: amount, At: tl.now(),
	}
}

func (tl *till) hold(account ledger.AccountID, amount ledger.Points) ledger.Hold {
	tl.t.Helper()
	hold, err := tl.PlaceHold(context.Background(), tl.wish(account, amount))
	tl.must("place hold", err)
	return hold
}

func (tl *till) head() ledger.Head {
	tl.t.Helper()
	head, err := tl.Head(context.Background())
	tl.must("head", err)
	return head
}

func (tl *till) place() ledger.Place {
	head := tl.head()
	return ledger.Place{Terminal: tl.opts.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq}
}

// ackAll acknowledges everything up to the head.
func (tl *till) ackAll() {
	tl.t.Helper()
	tl.must("acknowledge", tl.Acknowledge(context.Background(), ledger.Ack{
		V: 1, UpTo: tl.place(), Head: tl.head().Hash, Incarnation: 1, At: tl.now(), Token: "t1",
	}))
}

// clean fails the test if verify finds anything.
func (tl *till) clean() {
	tl.t.Helper()
	report, err := tl.Verify(context.Background(), nil)
	tl.must("verify", err)
	for _, f := range report.Findings {
		tl.t.Errorf("verify: %v", f)
	}
}

func wantError[E error](t testing.TB, err error) E {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("got %v, want a %T", err, want)
	}
	return want
}

// row makes a feed row about an account.
func (tl *till) row(position ledger.Position, account ledger.AccountID, e164 string, balance ledger.Balance, applied ledger.Place) ledger.Change {
	state := &ledger.AccountState{Account: account, Name: "A*** B***", Balances: []ledger.Balance{balance}, AsOf: tl.now()}
	if e164 != "" {
		state.Identifiers = []ledger.KeyedHash{tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, e164)}
	}
	if !applied.IsZero() {
		state.Applied = []ledger.Place{applied}
	}
	return ledger.Change{Position: position, Kind: ledger.AccountChange, Key: account.String(), Account: state}
}

func (tl *till) apply(changes ...ledger.Change) {
	tl.t.Helper()
	next := ledger.Cursor{Incarnation: 1}
	for _, c := range changes {
		next.Position = max(next.Position, c.Position)
	}
	tl.must("apply", tl.Apply(context.Background(), changes, next))
}

// A receipt's number is of its till: another till's of the same count, or one
// keyed wrong, is almost never one of this till's.
func TestReceiptNumbersAreOfTheirTill(t *testing.T) {
	t.Parallel()
	if got := offline.ReceiptNumber(ledger.TerminalID{}, 1, 1); len(got) != 9 || got[:7] != "1000001" {
		t.Fatalf("the first receipt's number is %q", got)
	}
	same := 0
	for n := range int64(2000) {
		one, other := newTerminalID(), newTerminalID()
		if offline.ReceiptNumber(one, 1, n) == offline.ReceiptNumber(other, 1, n) {
			same++
		}
	}
	if same > 60 { // one in 97 is 21
		t.Errorf("%d of 2000 numbers were also another till's", same)
	}
}
