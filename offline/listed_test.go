package offline_test

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// listed reads what a till lists since a time, a page at a time.
func (tl *till) listed(since ledger.Millis, page int) (all []ledger.Listed) {
	tl.t.Helper()
	var after ledger.KeyedHash
	for {
		rows, err := tl.Listed(context.Background(), since, after, page)
		tl.must("list", err)
		all = append(all, rows...)
		if len(rows) < page {
			return all
		}
		after = rows[len(rows)-1].Hash
	}
}

// What one till lists, in pages of whatever size, leads to the same members at a
// till that is fed by it, also where hashes begin alike; what was told before is
// not listed.
func TestListed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		dice := rand.New(rand.NewPCG(seed, 7))
		a := newTill(t)
		f := newFeed(1500, dice, ledger.Place{})
		f.applyTo(a, 150, 1)
		since := ledger.Millis(1000 * (1 + dice.IntN(700)))
		rows := a.listed(since, 1+dice.IntN(90))
		if len(rows) < 500 {
			t.Fatalf("seed %d: %d rows are listed since %d", seed, len(rows), since)
		}
		fed := map[ledger.AccountID]*ledger.AccountState{}
		for _, row := range rows {
			if fed[row.Account] == nil {
				fed[row.Account] = &ledger.AccountState{Account: row.Account, Name: row.Name, AsOf: 1}
			}
			fed[row.Account].Identifiers = append(fed[row.Account].Identifiers, row.Hash)
		}
		b := newTill(t)
		again := &feedOf{}
		for id, state := range fed {
			again.add(ledger.Change{Kind: ledger.AccountChange, Key: id.String(), Account: state})
		}
		again.applyTo(b, 150, 2)
		for _, hash := range f.hashes {
			was, _ := a.FindHash(context.Background(), hash)
			if was.Account == f.accounts[0] {
				continue // mostly by the identifiers of those who became it, of which the feed took back what it told
			}
			got, _ := b.FindHash(context.Background(), hash)
			if want := was.AsOf >= since; want && (got.Account != was.Account || got.Name != was.Name) || !want && !got.Account.IsZero() {
				t.Fatalf("seed %d: %s leads to %+v where it is fed again; told at %d, listed since %d: %+v", seed, hash, got, was.AsOf, since, was)
			}
		}
	}
}

// A directory that is damaged is mended for the next hello, and holds up none.
func TestListedOfDamagedDirectory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	newFeed(3000, rand.New(rand.NewPCG(1, 1)), ledger.Place{}).applyTo(tl, 150, 1)
	tl.reopen()
	file, err := os.OpenFile(tl.path("directory.db"), os.O_WRONLY, 0)
	tl.must("damage", err)
	info, err := file.Stat()
	tl.must("damage", err)
	_, err = file.WriteAt(make([]byte, info.Size()-8192), 8192)
	tl.must("damage", err)
	tl.must("damage", file.Close())
	if _, err := tl.Listed(ctx, 0, ledger.KeyedHash{}, 1000); err == nil {
		t.Fatal("the damage was not met")
	}
	if rows := tl.listed(0, 1000); len(rows) > 0 {
		t.Errorf("%d rows are listed of a directory that was thrown away", len(rows))
	}
	if cursor, err := tl.Cursor(ctx); err != nil || cursor != (ledger.Cursor{}) {
		t.Errorf("it is fed from %+v, %v", cursor, err)
	}
}

// A till that met two enrollments of one number in one order is told by a
// restored headquarters that it met them in the other: all of both is the other
// account's then.
func TestForwardTurnedRound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	first, second := newAccountID(), newAccountID()
	tl.append(tl.sale(second, 10))
	forward := func(incarnation ledger.Incarnation, from, to ledger.AccountID) {
		tl.t.Helper()
		tl.must("apply", tl.Apply(ctx, []ledger.Change{{
			Position: 1, Kind: ledger.ForwardChange, Key: from.String(), Forward: &ledger.Forward{From: from, To: to},
		}}, ledger.Cursor{Incarnation: incarnation, Position: 1}))
		for _, of := range []ledger.AccountID{first, second} {
			if m, err := tl.Member(ctx, of); err != nil || m.Account != to || m.Balance(points).Shown != 10 {
				t.Errorf("under %d: %s is %+v, %v; want %s", incarnation, of, m, err, to)
			}
		}
	}
	forward(1, second, first)
	forward(2, first, second)
	forward(2, first, second)
	tl.clean()
}
