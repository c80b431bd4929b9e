package offline_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A directory that the first release wrote keeps its members, its cursor and
// what it knew of them, without headquarters.
func TestFirstReleasesDirectory(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	hash := func(value string) ledger.KeyedHash { return tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, value) }
	alike := func(h ledger.KeyedHash, last byte) ledger.KeyedHash { h[7] ^= last; h[15] ^= last; return h }
	place := tl.place()
	const asOf = ledger.Millis(1_700_000_000_000)
	plain := []ledger.Balance{{Program: program, Unit: points, Available: 7}}
	type told struct {
		account     ledger.AccountID
		identifiers []ledger.KeyedHash
		name        string
		applied     ledger.Place
		balances    []ledger.Balance
		shown       []loyalty.Balance
	}
	members := map[string]told{
		"two identifiers, two units": {
			newAccountID(), []ledger.KeyedHash{hash("1"), hash("2")}, "A*** B***", place,
			[]ledger.Balance{
				{Program: program, Unit: points, Available: 100, Escrowed: 20, Pending: 3},
				{Program: program, Unit: "stamps", Available: 4, Pending: 1},
			},
			[]loyalty.Balance{{Unit: points, Shown: 120, Pending: 3, Free: 100}, {Unit: "stamps", Shown: 4, Pending: 1, Free: 4}},
		},
		"who owes": {
			newAccountID(), []ledger.KeyedHash{hash("3")}, "***4567", ledger.Place{},
			[]ledger.Balance{{Program: program, Unit: points, Escrowed: 50, Receivable: 30}},
			[]loyalty.Balance{{Unit: points, Shown: 50, Owed: 30}},
		},
		"no balance here": {
			newAccountID(), []ledger.KeyedHash{hash("4")}, "Şü***", ledger.Place{},
			[]ledger.Balance{{Program: "other", Unit: points, Available: 9}}, nil,
		},
		"no identifier": {newAccountID(), nil, "=***", ledger.Place{}, plain, []loyalty.Balance{{Unit: points, Shown: 7, Free: 7}}},
	}
	for i := range 60 { // some hashes begin with a one, some with a zero
		members[fmt.Sprint("member ", i)] = told{
			newAccountID(), []ledger.KeyedHash{hash(fmt.Sprint("m", i))}, "A***", ledger.Place{}, plain, []loyalty.Balance{{Unit: points, Shown: 7, Free: 7}},
		}
	}
	for i := range byte(3) { // found at one place, in the first release at different ones
		members[fmt.Sprint("alike ", i)] = told{
			newAccountID(), []ledger.KeyedHash{alike(hash("m0"), i+1)}, "B***", ledger.Place{}, plain, []loyalty.Balance{{Unit: points, Shown: 7, Free: 7}},
		}
	}
	merged, survivor := newAccountID(), members["who owes"].account
	tl.apply(
		ledger.Change{Position: 1, Kind: ledger.ForwardChange, Key: merged.String(), Forward: &ledger.Forward{From: merged, To: survivor}},
	)
	tl.must("close", tl.Close())
	tl.must("remove", os.Remove(tl.path("directory.db")))
	schema, err := os.ReadFile("migration/directory/0001_directory.sql")
	tl.must("read schema", err)
	script := string(schema) + `;PRAGMA journal_mode = WAL; PRAGMA application_id = 0x6c6f7964; PRAGMA user_version = 1;
		UPDATE feed SET incarnation = 1, position = 77;`
	identify := func(h ledger.KeyedHash, account ledger.AccountID) {
		script += fmt.Sprintf("INSERT INTO identifier VALUES (%d, x'%x', x'%x');", key(h), h[8:], account[:])
	}
	identify(hash("merged"), merged)
	for name, m := range members {
		var joined []byte
		for _, h := range m.identifiers {
			joined = append(joined, h[:]...)
			identify(h, m.account)
		}
		script += fmt.Sprintf("INSERT INTO account VALUES (x'%x', '%s', x'%x', %d, x'%x', %d, %d, %d);",
			m.account[:], m.name, joined, m.applied.Epoch, m.applied.Branch[:], m.applied.Seq, asOf, len(name))
		for _, b := range m.balances {
			script += fmt.Sprintf("INSERT INTO balance VALUES (x'%x', '%s', '%s', %d, %d, %d, %d);",
				m.account[:], b.Program, b.Unit, b.Available, b.Escrowed, b.Pending, b.Receivable)
		}
	}
	tl.must("write directory", raw(t, tl.path("directory.db"), script))

	tl.open()
	if tl.Opening().DirectoryRebuilt {
		t.Error("rebuilt")
	}
	for name, m := range members {
		want := loyalty.Member{Account: m.account, ID: ledger.MemberID(m.account), Name: m.name, AsOf: asOf, Balances: m.shown}
		check := func(by string, got loyalty.Member, err error) {
			t.Helper()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s by %s: %v %s", name, by, err, diff)
			}
		}
		got, err := tl.Member(ctx, m.account)
		check("account", got, err)
		for _, h := range m.identifiers {
			got, err := tl.FindHash(ctx, h)
			check("identifier", got, err)
		}
	}
	for name, find := range map[string]func() (loyalty.Member, error){
		"number":  func() (loyalty.Member, error) { return tl.Find(ctx, ledger.PhoneIdentifier, "merged") },
		"account": func() (loyalty.Member, error) { return tl.Member(ctx, merged) },
	} {
		if m, err := find(); err != nil || m.Account != survivor {
			t.Errorf("merged by %s: %+v, %v", name, m, err)
		}
	}
	if kept, told := tl.whereabouts(); !cmp.Equal(kept, told) || len(told) == 0 {
		t.Errorf("whereabouts: %s", cmp.Diff(told, kept))
	}
	cursor, err := tl.Cursor(ctx)
	if err != nil || cursor != (ledger.Cursor{Incarnation: 1, Position: 77}) {
		t.Errorf("cursor %+v, %v", cursor, err)
	}
	two := members["two identifiers, two units"].account
	tl.append(tl.sale(two, 5)) // after the place that is counted
	if got := tl.balance(two).Shown; got != 125 {
		t.Errorf("shown %d, want 125", got)
	}
	tl.clean()
}
