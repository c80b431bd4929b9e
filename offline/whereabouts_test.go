package offline_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// whereabouts gives the directory's places by what accounts begin with, as they are
// kept and as the members' rows say, each with how often it stands there.
func (tl *till) whereabouts() (kept, told map[string]int) {
	tl.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+tl.path("directory.db")+"?mode=ro")
	tl.must("open directory", err)
	defer db.Close()
	read := func(query string, size int) map[string]int {
		rows, err := db.Query(query)
		tl.must("read whereabouts", err)
		defer rows.Close()
		found := map[string]int{}
		for rows.Next() {
			var begins, places string
			tl.must("read whereabouts", rows.Scan(&begins, &places))
			for ; len(places) >= size; places = places[size:] {
				found[begins+":"+places[:size]]++
			}
		}
		tl.must("read whereabouts", rows.Err())
		return found
	}
	return read(`SELECT printf('%04X', begins), hex(places) FROM whereabouts`, 8),
		read(`SELECT hex(substr(account, 1, 2)), hex(substr(account, 3, 1)) || printf('%06X', key >> 24) FROM member WHERE key >= 0`, 8)
}

// However a row came and went, what finds it by its account says where it is, and
// nothing else: read row by row, built at once, merged, evicted, erased.
func TestWhereabouts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		dice := rand.New(rand.NewPCG(seed, 11))
		for _, page := range []int{90, 400} {
			tl := newTill(t)
			f := newFeed(1200, dice, tl.place())
			f.applyTo(tl, page, 2)
			for i := range 12 { // each writes the directory anew
				tl.erase(ledger.Millis(i+1), f.accounts[i*7])
			}
			kept, told := tl.whereabouts()
			if diff := cmp.Diff(told, kept); diff != "" || len(told) == 0 {
				t.Errorf("seed %d, pages of %d: %d places %s", seed, page, len(told), diff)
			}
		}
	}
}

// Accounts that begin alike, with identifiers that do too or with none, are told
// apart, and one that goes leaves the others.
func TestAccountsBeginAlike(t *testing.T) {
	tl := newTill(t)
	account, hash := newAccountID(), ledger.KeyedHash{1, 2, 3}
	var changes []ledger.Change
	for i := range byte(6) {
		c := tl.row(ledger.Position(i+1), account, "", ledger.Balance{Program: program, Unit: points, Available: ledger.Points(i + 1)}, ledger.Place{})
		account[15]++
		if i%2 == 0 {
			c.Account.Identifiers = []ledger.KeyedHash{hash}
			hash[5]++
		}
		changes = append(changes, c)
	}
	tl.apply(changes...)
	check := func() {
		t.Helper()
		for i, c := range changes {
			if got := tl.balance(c.Account.Account).Shown; got != ledger.Points(i+1) {
				t.Errorf("account %d has %d", i, got)
			}
		}
	}
	check()
	gone := changes[0].Account.Account
	tl.erase(1, gone)
	if m, err := tl.Member(context.Background(), gone); err == nil && len(m.Balances) > 0 {
		t.Errorf("erased, and still %+v", m)
	}
	changes[0].Account.Account = newAccountID()
	changes[0].Account.Balances[0].Available = 1
	changes[0].Position = 8
	tl.apply(changes[0])
	check()
}
