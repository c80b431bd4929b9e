package offline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// feedOf makes a feed with all that may be in one: accounts that come again,
// identifiers that change hands, hashes that begin alike, merges, accounts
// nothing leads to, balances of other units.
type feedOf struct {
	changes  []ledger.Change
	accounts []ledger.AccountID
	hashes   []ledger.KeyedHash
}

func (f *feedOf) add(c ledger.Change) {
	c.Position = ledger.Position(len(f.changes) + 1)
	f.changes = append(f.changes, c)
}

func newFeed(rows int, dice *rand.Rand, here ledger.Place) *feedOf {
	f := &feedOf{}
	owner := map[ledger.KeyedHash]ledger.AccountID{}
	merged := map[ledger.AccountID]bool{}
	for i := range rows {
		account := newAccountID()
		if len(f.accounts) > 0 && dice.IntN(8) == 0 {
			account = f.accounts[dice.IntN(len(f.accounts))]
		}
		if merged[account] {
			continue
		}
		f.accounts = append(f.accounts, account)
		state := &ledger.AccountState{Account: account, Name: fmt.Sprint("A*** ", i%7, "***"), AsOf: ledger.Millis(1000 * (i + 1))}
		for range dice.IntN(3) {
			var hash ledger.KeyedHash
			for j := range hash {
				hash[j] = byte(dice.Uint32())
			}
			if len(f.hashes) > 0 && dice.IntN(6) == 0 {
				hash = f.hashes[dice.IntN(len(f.hashes))] // another's from now on
				if dice.IntN(2) == 0 {
					hash[15] ^= byte(1 + dice.IntN(2)) // or only like it
				}
			}
			if was := owner[hash]; !was.IsZero() && was != account {
				continue // her own row would come first
			}
			owner[hash] = account
			state.Identifiers, f.hashes = append(state.Identifiers, hash), append(f.hashes, hash)
		}
		for _, unit := range []ledger.Unit{points, "stamps", "visits"}[:dice.IntN(4)] {
			state.Balances = append(state.Balances, ledger.Balance{
				Program: program, Unit: unit, Available: ledger.Points(dice.IntN(500)), Escrowed: ledger.Points(dice.IntN(9)), Pending: ledger.Points(dice.IntN(9)),
			})
		}
		if dice.IntN(2) == 0 {
			state.State = fmt.Appendf(nil, `{"visits":%d}`, i)
			state.BirthMonth, state.Segments = dice.IntN(13), []string{"a", fmt.Sprint(i)}[:dice.IntN(3)]
		}
		if dice.IntN(4) == 0 {
			state.Applied = []ledger.Place{here}
		}
		f.add(ledger.Change{Kind: ledger.AccountChange, Key: account.String(), Account: state})
		if dice.IntN(20) == 0 && account != f.accounts[0] {
			merged[account] = true
			f.add(ledger.Change{Kind: ledger.ForwardChange, Key: account.String(), Forward: &ledger.Forward{From: account, To: f.accounts[0]}})
		}
	}
	return f
}

func (f *feedOf) applyTo(tl *till, page int, incarnation ledger.Incarnation) {
	tl.t.Helper()
	ctx := context.Background()
	for first := 0; first < len(f.changes); first += page {
		changes := f.changes[first:min(first+page, len(f.changes))]
		tl.must("apply", tl.Apply(ctx, changes, ledger.Cursor{Incarnation: incarnation, Position: changes[len(changes)-1].Position}))
	}
	tl.must("end", tl.EndFeed(ctx))
	cursor, err := tl.Cursor(ctx)
	if tl.must("cursor", err); cursor != (ledger.Cursor{Incarnation: incarnation, Position: ledger.Position(len(f.changes))}) {
		tl.t.Fatalf("cursor %+v of %d rows", cursor, len(f.changes))
	}
}

// Who does not wait until a directory is written, as somebody who hurries the exchange,
// loses nothing of what was read for it.
func TestBuiltLater(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := newFeed(640, rand.New(rand.NewPCG(1, 7)), tl.place())
	at := func(rows int) ledger.Cursor { return ledger.Cursor{Incarnation: 1, Position: ledger.Position(rows)} }
	read := len(f.changes) - len(f.changes)%300
	for first := 0; first < read; first += 300 {
		tl.must("apply", tl.Apply(t.Context(), f.changes[first:first+300], at(first+300)))
	}
	if cursor, err := tl.Cursor(t.Context()); err != nil || cursor != at(read) {
		t.Fatalf("while it is read the cursor is %+v, %v", cursor, err)
	}
	hurried, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tl.EndFeed(hurried); !errors.Is(err, context.Canceled) {
		t.Fatalf("it was written: %v", err)
	}
	if err := tl.Apply(hurried, f.changes[read:], at(len(f.changes))); !errors.Is(err, context.Canceled) {
		t.Fatalf("the last page was applied: %v", err)
	}
	if cursor, err := tl.Cursor(t.Context()); err != nil || cursor != at(read) {
		t.Errorf("afterwards the cursor is %+v, %v", cursor, err)
	}
	tl.must("apply", tl.Apply(t.Context(), f.changes[read:], at(len(f.changes))))
	found := 0
	for _, account := range f.accounts {
		if _, err := tl.Member(t.Context(), account); err == nil {
			found++
		}
	}
	if found == 0 {
		t.Error("nobody is in the directory")
	}
	tl.clean()
}

// twins are one till twice, at the same place of its journal.
func twins(t *testing.T, remembers bool) (slow, fast *till) {
	t.Helper()
	slow, fast = newTill(t), newTill(t)
	fast.must("close", fast.Close())
	fast.opts.LookupKey, fast.opts.Terminal = slow.opts.LookupKey, slow.opts.Terminal
	if remembers {
		fast.opts.Recall, slow.opts.Recall = counted, counted
	}
	fast.opts.Dir = t.TempDir()
	slow.append(slow.sale(newAccountID(), 1))
	slow.must("close", slow.Close())
	slow.must("copy", os.CopyFS(fast.opts.Dir, os.DirFS(slow.opts.Dir)))
	slow.open()
	fast.open()
	return slow, fast
}

// sameIn wants both to find the same.
func sameIn(slow, fast *till, what any, find func(*till) (loyalty.Member, error)) {
	slow.t.Helper()
	want, wantErr := find(slow)
	got, err := find(fast)
	if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(err) != fmt.Sprint(wantErr) {
		slow.t.Errorf("%v: %v, want %v %s", what, err, wantErr, diff)
	}
}

// sameIn wants both to know of everyone the same.
func (f *feedOf) sameIn(slow, fast *till) {
	slow.t.Helper()
	ctx := context.Background()
	for _, account := range f.accounts {
		sameIn(slow, fast, account, func(tl *till) (loyalty.Member, error) { return tl.Member(ctx, account) })
	}
	for i, hash := range f.hashes {
		sameIn(slow, fast, i, func(tl *till) (loyalty.Member, error) { return tl.FindHash(ctx, hash) })
	}
}

// A directory that is built at once from the beginning of the feed says of
// everyone what one says to which the feed came row by row.
func TestBuiltAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for seed := range uint64(4) {
		dice := rand.New(rand.NewPCG(seed, 7))
		slow, fast := twins(t, seed%2 == 1)
		known := newAccountID()
		for _, tl := range []*till{slow, fast} { // what another incarnation tells is dropped
			tl.apply(tl.row(1, known, "+905320000009", ledger.Balance{Program: program, Unit: points, Available: 1}, ledger.Place{}))
		}
		f := newFeed(1400, dice, slow.place())
		f.applyTo(slow, 100, 2)
		f.applyTo(fast, 300, 2)
		f.sameIn(slow, fast)
		sameIn(slow, fast, known, func(tl *till) (loyalty.Member, error) { return tl.Member(ctx, known) })
		fast.reopen()
		sameIn(slow, fast, "reopened", func(tl *till) (loyalty.Member, error) { return tl.Member(ctx, f.accounts[3]) })
		fast.clean()
	}
}

// While a directory is built readers see the old one, and members enrolled
// here; what the new one counts is settled with it.
func TestBuildingIsNotSeen(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	const phone = "+905321234567"
	old, ana := tl.known(70, 0), newAccountID()
	tl.append(tl.enroll(ana, phone))
	tl.append(tl.sale(ana, 10))
	counted := tl.place()
	tl.append(tl.sale(ana, 5))
	f := &feedOf{}
	f.add(tl.row(0, ana, phone, ledger.Balance{Program: program, Unit: points, Available: 10}, counted))
	for i := range 250 {
		f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
	}
	check := func(when string, oldShown ledger.Points) {
		t.Helper()
		if m, err := tl.Find(ctx, ledger.PhoneIdentifier, phone); err != nil || m.Balance(points).Shown != 15 {
			t.Errorf("%s: %+v, %v", when, m, err)
		}
		if m, _ := tl.Member(ctx, old); m.Balance(points).Shown != oldShown {
			t.Errorf("%s: the old one has %d", when, m.Balance(points).Shown)
		}
	}
	next := ledger.Cursor{Incarnation: 2, Position: ledger.Position(len(f.changes))}
	tl.must("apply", tl.Apply(ctx, f.changes, next))
	check("building", 70)
	tl.reopen() // the building goes on
	if cursor, err := tl.Cursor(ctx); err != nil || cursor != next {
		t.Fatalf("cursor %+v, %v", cursor, err)
	}
	check("after a restart", 70)
	f.applyTo(tl, 251, 2)
	check("built", 0)
	tl.append(tl.sale(ana, 1))
	if got := tl.balance(ana).Shown; got != 16 {
		t.Errorf("shown %d, want 16", got)
	}
	tl.clean()
}

// A name is shown as headquarters masked it, however that is.
func TestNamesStayAsMasked(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	names := []string{"A***", "A*** B***", "***", "", "Ana", "A****", "A******", "***A***", " A***", "A*** ", "A***  B***", "=A***", "A***B***", "A*** =B***"}
	var page []ledger.Change
	for i, name := range names {
		page = append(page, tl.row(ledger.Position(i+1), newAccountID(), number(i), ledger.Balance{Program: program, Unit: points}, ledger.Place{}))
		page[i].Account.Name = name
	}
	tl.apply(page...)
	for i, name := range names {
		if m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, number(i)); err != nil || m.Name != name {
			t.Errorf("%q is shown as %q, %v", name, m.Name, err)
		}
	}
}

// As long as the feed is read from its beginning, and only then, however many rows of it
// are taken at once.
func TestBuilds(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	builds := func(when string, want bool) {
		t.Helper()
		if tl.Builds() != want {
			t.Errorf("%s: builds is %t", when, !want)
		}
	}
	builds("a new till", true)
	f := &feedOf{}
	for i := range 250 {
		f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
	}
	tl.must("apply", tl.Apply(context.Background(), f.changes, ledger.Cursor{Incarnation: 1, Position: 250}))
	builds("one that has read a page", true)
	f.applyTo(tl, 250, 1)
	builds("one that has read all", false)
	tl.reopen()
	builds("after a restart", false)
	tl.must("apply", tl.Apply(context.Background(), f.changes, ledger.Cursor{Incarnation: 2, Position: 250}))
	builds("with another incarnation's first page", true)
}

// A directory that is mostly free pages is made smaller when it is opened, and
// says what it said.
func TestDirectoryCompacted(t *testing.T) {
	tl := newTill(t)
	f := &feedOf{}
	for i := range 8000 {
		f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
	}
	f.applyTo(tl, 1000, 1)
	ana := newAccountID()
	tl.must("apply", tl.Apply(context.Background(), []ledger.Change{
		tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, ledger.Place{}),
	}, ledger.Cursor{Incarnation: 2, Position: 1}))
	size := func() int64 {
		info, err := os.Stat(tl.path("directory.db"))
		tl.must("stat", err)
		return info.Size()
	}
	before := size()
	tl.reopen()
	if after := size(); after*4 > before {
		t.Errorf("%d bytes, before %d", after, before)
	}
	if got := tl.balance(ana).Shown; got != 5 {
		t.Errorf("shown %d, want 5", got)
	}
	tl.clean()
}
