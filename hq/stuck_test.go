package hq_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An account of which nothing can be placed, here because nobody can read which lane it
// was at last, holds up no other: a person is told of it once, and others get
// their rights in the same round.
func TestOneBadAccountHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("lane 1")
	bad, good := till.addMember(ayse, "Ayşe"), till.addMember(mehmet, "Mehmet")
	till.earn(ledger.SubjectOf(bad), 100)
	till.sync()
	db := w.behind()
	defer db.Close()
	for _, damage := range []string{
		`UPDATE account SET last_terminal = 'nobody' WHERE account = $1`,
		`INSERT INTO authority_dirty (account, version) VALUES ($1, 1000) ON CONFLICT (account) DO UPDATE SET version = 1000`,
	} {
		if _, err := db.Exec(damage, bad); err != nil {
			t.Fatal(err)
		}
	}
	till.earn(ledger.SubjectOf(good), 1000)
	till.sync()
	w.work()
	if n := len(till.rights); n != 1 {
		t.Errorf("who has nothing to do with it has %d rights, want 1", n)
	}
	if n := w.told(event.Placement); n != 1 {
		t.Errorf("people were told %d times, want once", n)
	}
}

// What cannot be done of one account, by a row that is damaged or an amount beyond all
// bounds, holds up nothing that is to be done of others, nor what stores are told: a
// person is told of it once. It is done once the row is whole again.
func TestOneBadRowHoldsUpNobody(t *testing.T) {
	beyond := `{"entry":%q,"at_ms":1,"store":"0001","program":"starter","referral":{"account":%q,"postings":[` +
		`{"unit":"points","amount":9223372036854775807,"from":"program:issued","to":"available"}]}}`
	for what, damage := range map[string]func(w *world, bad ledger.AccountID) (mend func()){
		"a right whose lot is gone": func(w *world, bad ledger.AccountID) func() {
			w.sql(`UPDATE lot SET account = 'gone' WHERE account = $1`, bad.String())
			return func() { w.sql(`UPDATE lot SET account = $1 WHERE account = 'gone'`, bad.String()) }
		},
		"a sale of nobody that is gone": func(w *world, _ ledger.AccountID) func() {
			sale := "sale:" + newEntryID().String()
			w.sql(`INSERT INTO unclaimed (account, drop_at_ms) VALUES ($1, 1)`, sale)
			return func() { w.sql(`DELETE FROM unclaimed WHERE account = $1`, sale) }
		},
		"more for a referrer than there can be": func(w *world, bad ledger.AccountID) func() {
			entry := newEntryID().String()
			w.sql(`INSERT INTO referral (account, entry, intent) VALUES ($1, $2, $3)`, bad.String(), entry, fmt.Appendf(nil, beyond, entry, bad))
			return func() { w.sql(`DELETE FROM referral WHERE entry = $1`, entry) }
		},
		"a name that nobody can read": func(w *world, bad ledger.AccountID) func() {
			w.sql(`UPDATE person SET version = version + 1 WHERE account = $1`, bad.String())
			w.sql(`UPDATE feed_dirty SET version = version + 1 WHERE account = $1`, bad.String())
			return func() { w.sql(`UPDATE person SET version = version - 1 WHERE account = $1`, bad.String()) }
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			at := w.newTill("lane 1")
			bad, good := at.addMember(ayse, ""), at.addMember(mehmet, "")
			at.earn(ledger.SubjectOf(bad), 1000)
			at.earn(ledger.SubjectOf(good), 1000)
			at.sync()
			at.earn(ledger.SubjectOf(bad), 10)
			at.push()
			if _, err := w.hq.Project(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			mend := damage(w, bad)
			for range 12 { // longer than rights last
				w.pass(23 * time.Hour)
				w.work()
			}
			w.mu.Lock()
			back := slices.ContainsFunc(w.events, func(e event.Event) bool { return e.What == event.Unproven && e.Account == good.String() })
			w.mu.Unlock()
			if !back {
				t.Error("of the other was not taken back what is due")
			}
			at.earn(ledger.SubjectOf(good), 7)
			at.sync()
			told := at.rows["account "+good.String()].Account
			if told == nil || told.Balances[0].Available+told.Balances[0].Escrowed != 1007 {
				t.Errorf("the store was told of the other: %+v", told)
			}
			if n := w.told(event.Undone); n != 1 {
				t.Errorf("people were told %d times, want once", n)
			}
			mend()
			at.sync()
			w.pass(11 * 24 * time.Hour)
			if err := w.hq.ConfirmClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			at.sync()
			told = at.rows["account "+bad.String()].Account
			if told == nil || told.Balances[0].Available+told.Balances[0].Escrowed != 1010 {
				t.Errorf("mended, the store was told of the one: %+v", told)
			}
			w.clean()
		})
	}
}

// What cannot be looked at holds up nothing that falls due in other accounts.
func TestOneBadMemoryHoldsUpNobody(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "cash-back.yaml"))
	at := w.newTill("lane 1")
	bad, good := newShopper(t, w, at, ayse), newShopper(t, w, at, mehmet)
	for _, s := range []*shopper{bad, good} {
		s.buys([]ledger.Line{{Net: 45000, Gross: 45000, Quantity: 1}}, "key_card")
	}
	at.sync()
	account, _ := bad.subject.Account()
	w.sql(`UPDATE member_state SET program = 'gone' WHERE account = $1`, account.String())
	w.sql(`INSERT INTO member_state (account, program, state) SELECT account, 'key', zeroblob(2) FROM member_state WHERE account = $1`, account.String())
	w.days(30)
	w.wants("the other's falls due", mehmet, "cash 250, voucher.certificate 1")
	if n := w.told(event.Undone); n != 1 {
		t.Errorf("people were told %d times, want once", n)
	}
	w.sql(`DELETE FROM member_state WHERE account = $1 AND program = 'key'`, account.String())
	w.sql(`UPDATE member_state SET program = 'key' WHERE account = $1`, account.String())
	w.days(1)
	w.wants("mended, hers too", ayse, "cash 250, voucher.certificate 1")
	w.clean()
}
