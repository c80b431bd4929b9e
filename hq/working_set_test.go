package hq_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// seasons is a program that remembers much of a member.
func seasons(t testing.TB) *loyalty.Program {
	t.Helper()
	p, err := loyalty.Load([]byte(`
program: seasons
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, spend: {spendable: false}}
tiers: {of: spend, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 100000}}
limits: {daily: {uses: 1, every: calendar_day}}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/100, spend: 1/1}}
  - {id: daily, on: sale, limit: daily, give: {points: 7}}
rewards:
  - {id: ten, cost: {points: 100}, benefit: {discount: 1000}}
offline: {share: 1/2, cap: 2000, spend_for: P3D, grace: P7D, max_age: PT72H, per_terminal: 20000}
`), "seasons.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// twoStores is a chain of two stores, a till in each, each with members of its own who
// bought three times on as many days.
type twoStores struct {
	*world
	a, b       *till
	ours, hers []*shopper
}

const membersEach = 4

func newTwoStores(t testing.TB) *twoStores {
	w := &twoStores{world: newWorldOf(t, seasons(t))}
	w.a, w.b = w.newTill("lane 1"), w.newStoresTill("0002")
	for i := range membersEach {
		w.ours = append(w.ours, newShopper(t, w.world, w.a, phoneNumber(i)))
		w.hers = append(w.hers, newShopper(t, w.world, w.b, phoneNumber(100+i)))
	}
	for range 3 {
		for _, s := range append(w.ours, w.hers...) {
			s.buys([]ledger.Line{basketLine("8690000000017", 30_000)}, "card")
		}
		w.syncs()
		w.days(1)
	}
	w.syncs()
	return w
}

func (w *twoStores) syncs() {
	w.Helper()
	for range 2 {
		w.a.sync()
		w.b.sync()
	}
}

// told is how many of the account rows that a till has tell all, and how large what is
// told of state is in all of them.
func (t *till) told() (whole, stateBytes int) {
	for key, row := range t.rows {
		account, is := strings.CutPrefix(key, "account ")
		if _, left := t.rows["forward "+account]; !is || left {
			continue
		}
		var s loyalty.State
		if err := json.Unmarshal(row.Account.State, &s); err != nil {
			t.Fatal(err)
		}
		stateBytes += len(row.Account.State)
		if !s.Outside {
			whole++
		}
	}
	return whole, stateBytes
}

// Two stores with members of their own: each is told of all, and of its own alone what
// the program remembers, so that what is told of state is about half of what it was.
func TestWorkingSets(t *testing.T) {
	w := newTwoStores(t)
	before := 0
	for _, store := range []*till{w.a, w.b} {
		whole, bytes := store.told()
		if len(store.rows) < 2*membersEach || whole != membersEach {
			t.Errorf("%s: told all of %d, want %d, of %d rows", store.Store.ID, whole, membersEach, len(store.rows))
		}
		before += bytes
	}
	w.clean()
	w.a.old, w.b.old = true, true // as it was before
	w.a.mustHello(wire.InStep)
	w.b.mustHello(wire.InStep)
	for _, s := range append(w.ours, w.hers...) {
		s.buys([]ledger.Line{basketLine("8690000000017", 100)}, "card")
	}
	w.syncs()
	all := 0
	for _, store := range []*till{w.a, w.b} {
		whole, bytes := store.told()
		if whole != 2*membersEach {
			t.Errorf("%s, of the release before: told all of %d", store.Store.ID, whole)
		}
		all += bytes
	}
	if part := float64(before) / float64(all); part < 0.4 || part > 0.6 {
		t.Errorf("%d bytes of state are told, %d of all: %.2f", before, all, part)
	}
}

// What does not change what the directory says of a member is not told outside: her
// rights come and go where she shops.
func TestRightsAreNotToldOutside(t *testing.T) {
	w := newTwoStores(t)
	s := w.ours[0]
	row, at := w.b.rows["account "+string(s.subject)], w.b.cursor
	if row.Account.Balances[0].Escrowed != 0 || row.Account.Balances[0].Available == 0 {
		t.Errorf("balances outside %+v", row.Account.Balances)
	}
	for id, right := range w.a.rights {
		if w.a.whose[id] == s.subject {
			w.a.giveBack(s.subject, id, right.Amount)
			delete(w.a.rights, id)
		}
	}
	home := w.a.cursor
	w.syncs()
	if w.b.cursor != at || w.a.cursor == home {
		t.Errorf("the feed of the other store went on from %v to %v, her own from %v to %v", at, w.b.cursor, home, w.a.cursor)
	}
	s.buys([]ledger.Line{basketLine("8690000000017", 30_000)}, "card")
	w.syncs()
	told := 0
	for _, c := range w.b.rows {
		if c.Position > at.Position {
			told++
		}
	}
	if told != 1 {
		t.Errorf("a sale: told %d rows from %v to %v", told, at, w.b.cursor)
	}
}

// lookUp asks headquarters for a member.
func (t *till) lookUp(asked wire.Lookup) (found wire.Found, err error) {
	message, _ := json.Marshal(asked)
	return found, t.ask(http.MethodPost, wire.LookupPath, message, &found)
}

// A member is looked up by her account or by her number, sealed; the answer and from
// then on the feed tell all of her. Nobody is told to who is fenced, or has not heard
// of all erasures.
func TestLookup(t *testing.T) {
	w := newTwoStores(t)
	s := w.ours[0]
	account, _ := s.subject.Account()
	sealed, _ := w.b.person(phoneNumber(0), "")
	nobody, _ := w.b.person(phoneNumber(50), "")
	for what, asked := range map[string]wire.Lookup{"by her account": {Account: account}, "by her number": {Sealed: sealed}} {
		found, err := w.b.lookUp(asked)
		if err != nil || len(found.Changes) != 1 {
			t.Fatalf("%s: %+v, %v", what, found, err)
		}
		var state loyalty.State
		if err := json.Unmarshal(found.Changes[0].Account.State, &state); err != nil || state.Outside || state.Visits == 0 {
			t.Errorf("%s: %+v, %v", what, state, err)
		}
	}
	for what, asked := range map[string]wire.Lookup{"a number of nobody": {Sealed: nobody}, "an account of nobody": {Account: newAccountID()}, "nothing": {}} {
		if found, err := w.b.lookUp(asked); err != nil || len(found.Changes) != 0 {
			t.Errorf("%s: %+v, %v", what, found, err)
		}
	}
	w.syncs()
	if whole, _ := w.b.told(); whole != membersEach+1 {
		t.Errorf("told all of %d", whole)
	}
	w.clean()
	w.erase(phoneNumber(1))
	w.work()
	if found, err := w.b.lookUp(wire.Lookup{Account: account}); err != nil || len(found.Changes) != 0 {
		t.Errorf("before it heard of an erasure: %+v, %v", found, err)
	}
	w.sql(`UPDATE terminal SET fenced_at_ms = 1 WHERE terminal = $1`, w.b.Terminal.String())
	if _, err := w.b.lookUp(wire.Lookup{Account: account}); code(err) != wire.CodeFenced {
		t.Errorf("fenced: %v", err)
	}
}

// An account that becomes another's brings along the stores that met it.
func TestMergedIsMet(t *testing.T) {
	w := newTwoStores(t)
	_, err := w.hq.MergeMembers(context.Background(), hq.MemberMerge{
		ID: newEntryID(), Phone: phoneNumber(0), Other: phoneNumber(100), Reason: "one person", Operator: "9",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.syncs()
	for _, store := range []*till{w.a, w.b} {
		if whole, _ := store.told(); whole != membersEach {
			t.Errorf("%s is told all of %d", store.Store.ID, whole)
		}
	}
	w.clean()
}

// A feed that keeps back what its store is to be told is found.
func TestVerifyFeeds(t *testing.T) {
	w := newTwoStores(t)
	account, _ := w.hers[0].subject.Account()
	w.sql(fmt.Sprintf(`UPDATE feed SET says = 1 WHERE store = '0002' AND kind = 'account' AND key = '%s'`, account))
	found := w.verify()
	if len(found) != 1 || !strings.Contains(found[0].What, account.String()) {
		t.Errorf("found %v", found)
	}
}

// Nobody met her for ninety days: she leaves, once, and what is due is not told again.
func TestAge(t *testing.T) {
	w := newTwoStores(t)
	w.pass(91 * 24 * time.Hour)
	if err := w.hq.ConfirmClock(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.b.mustHello(wire.InStep)
	w.syncs()
	if whole, _ := w.b.told(); whole != 0 {
		t.Errorf("%d are told of", whole)
	}
	at := w.b.cursor
	w.pass(2 * time.Hour)
	w.syncs()
	if w.b.cursor != at {
		t.Errorf("told again, from %v to %v", at, w.b.cursor)
	}
	w.clean()
}
