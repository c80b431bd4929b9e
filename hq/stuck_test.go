package hq_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
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
	w.toldOnce(event.Placement)
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
		"what a referrer gets, which nobody can read": func(w *world, bad ledger.AccountID) func() {
			w.sql(`INSERT INTO referral (account, entry, intent) VALUES ($1, $2, zeroblob(2))`, bad.String(), newEntryID().String())
			return func() { w.sql(`DELETE FROM referral`) }
		},
		"a right handed back that nobody can read": func(w *world, bad ledger.AccountID) func() {
			w.sql(`INSERT INTO handed_back (account, right_id, terminal, body, signature, kept) VALUES ($1, $2, 'gone', zeroblob(2), zeroblob(2), 1)`,
				bad.String(), newEntryID().String())
			return func() { w.sql(`DELETE FROM handed_back`) }
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
			w.toldOnce(event.Undone)
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

// A row of a list of which nobody can read what it is of holds up nothing else: what is due
// of others is done, and the store is told.
func TestOneBadKeyHoldsUpNobody(t *testing.T) {
	for what, insert := range map[string]string{
		"a right": `
			INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount, spent, returned,
				state, spend_until_ms, reclaim_at_ms, entry, n)
			SELECT '0', 'gone', terminal, epoch, branch, program, unit, amount, spent, returned, state, 1, 1, entry, n
			FROM account_right`,
		"a right handed back":     `INSERT INTO handed_back (account, right_id, terminal, body, signature, kept) VALUES ('0', 'gone', 'gone', zeroblob(2), zeroblob(2), 1)`,
		"for a referrer":          `INSERT INTO referral (account, entry, intent) VALUES ('0', 'gone', zeroblob(2))`,
		"a sale that is to leave": `INSERT INTO claim_alone (sale, entry, account) VALUES ('0', 'gone', 'gone')`,
		"a sale on its way":       `INSERT INTO leaving (account, sale, entry, to_account) VALUES ('0', 'gone', 'gone', 'gone')`,
		"what left an account":    `INSERT INTO handover (account, entry, to_account) VALUES ('0', 'gone', 'gone')`,
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			at := w.newTill("lane 1")
			of := at.addMember(ayse, "")
			at.earn(ledger.SubjectOf(of), 1000)
			at.sync()
			w.sql(insert)
			w.workFor(12) // longer than rights last
			if w.told(event.Unproven) != 1 {
				t.Error("what is due was not taken back")
			}
			at.earn(ledger.SubjectOf(of), 7)
			at.sync()
			if told := at.rows["account "+of.String()].Account; told == nil || told.Balances[0].Available+told.Balances[0].Escrowed != 1007 {
				t.Errorf("the store was told of the other: %+v", told)
			}
			if n := w.told(event.Undone) + w.told(event.Stuck); n == 0 {
				t.Error("nobody was told")
			}
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
	w.toldOnce(event.Undone)
	w.sql(`DELETE FROM member_state WHERE account = $1 AND program = 'key'`, account.String())
	w.sql(`UPDATE member_state SET program = 'key' WHERE account = $1`, account.String())
	w.days(1)
	w.wants("mended, hers too", ayse, "cash 250, voucher.certificate 1")
	w.clean()
}

// What cannot be told of one account to one store, here because nobody can read how her
// level stands there, holds up nothing that stores are told of others.
func TestOneBadOutlineHoldsUpNobody(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "tiered-points.yaml"))
	err := w.hq.CreateStore(t.Context(), wire.Store{ID: "0002", Name: "0002", Currency: w.program.Currency(), TimeZone: "Europe/Istanbul", Region: "TR"})
	if err != nil {
		t.Fatal(err)
	}
	at, elsewhere := w.newTill("lane 1"), w.newTillAt("0002", "lane 2")
	bad, good := newShopper(t, w, at, ayse), newShopper(t, w, at, mehmet)
	for _, s := range []*shopper{bad, good} {
		s.buys([]ledger.Line{{Net: 45000, Gross: 45000, Quantity: 1}}, "card")
	}
	at.sync()
	at.sync()
	account, _ := bad.subject.Account()
	w.sql(`UPDATE member_state SET state = zeroblob(2) WHERE account = $1`, account.String())
	for _, s := range []*shopper{bad, good} {
		id, _ := s.subject.Account()
		w.sql(`UPDATE account SET version = version + 1 WHERE account = $1`, id.String())
		w.sql(`INSERT INTO feed_dirty (account, version, since_n) SELECT account, version, n + 1 FROM account WHERE account = $1`, id.String())
	}
	for range 2 {
		w.work()
		if left := w.rowsOf(`SELECT account FROM feed_dirty`); len(left) != 1 || !strings.Contains(left[0], account.String()) {
			t.Errorf("stores are still to be told of %v, want of %s", left, account)
		}
	}
	w.toldOnce(event.Undone)
	w.rebuild()
	w.work()
	if left := w.rowsOf(`SELECT account FROM feed_dirty`); len(left) != 0 {
		t.Errorf("mended, stores are still to be told of %v", left)
	}
	elsewhere.sync()
	w.clean()
}

// What waits, in quarantine or for its sale, and cannot be looked at any more holds up
// nothing: it waits on, and a person is told of it once.
func TestOneBadWaitingHoldsUpNobody(t *testing.T) {
	for what, waits := range map[string]func(a, b *till, sale *ledger.Entry){
		"in quarantine": func(_, b *till, _ *ledger.Entry) { b.appendBody([]byte(`{}`), nil, nil) },
		"for its sale": func(a, b *till, sale *ledger.Entry) {
			b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0, Quantity: 1})
		},
	} {
		for how, damage := range map[string]string{
			"unreadable": `UPDATE intake SET body_hash = zeroblob(2) WHERE terminal = $1 AND seq = 1`,
			"gone":       `DELETE FROM intake WHERE terminal = $1 AND seq = 1`,
		} {
			w, a, b, subject := newcomer(t)
			sale := selling(subject, saleID())
			sale.ID = newEntryID()
			waits(a, b, sale)
			b.earn(subject, 5)
			b.sync()
			before := w.rowsOf(`SELECT seq FROM parked`, `SELECT seq FROM quarantine`)
			w.sql(damage, b.Terminal.String())
			w.restart()
			a.append(sale, nil, nil)
			a.sync()
			b.earn(subject, 7)
			b.sync()
			if got := w.balance(ayse).Available; got != 52 {
				t.Errorf("%s, %s: she has %d, want 52", what, how, got)
			}
			if left := w.rowsOf(`SELECT seq FROM parked`, `SELECT seq FROM quarantine`); len(before) != 1 || !slices.Equal(left, before) {
				t.Errorf("%s, %s: %v waits, want %v", what, how, left, before)
			}
			if n := w.told(event.Undone); n != 1 {
				t.Errorf("%s, %s: people were told %d times, want once", what, how, n)
			}
		}
	}
}

// Who is enrolled by a till that had not heard of her erasure, into an account that nobody
// can read, waits in quarantine, and holds up no other.
func TestOneBadHouseholdHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	home, good := a.addMember(mehmet, "Mehmet"), a.addMember(phoneNumber(9), "Good")
	a.addMember(ayse, "Ayşe")
	a.sync()
	w.erase(ayse)
	w.sql(`UPDATE account SET last_terminal = 'nobody' WHERE account = $1`, home.String())
	b.addTo(home, ayse, "Ayşe")
	b.earn(ledger.SubjectOf(good), 70)
	b.push()
	w.work()
	if s := w.status(); s.Quarantined != 1 || s.Unprojected != 0 {
		t.Errorf("%d in quarantine, %d unprojected, want one and none", s.Quarantined, s.Unprojected)
	}
	if got := w.balance(phoneNumber(9)).Available; got != 70 {
		t.Errorf("the other has %d, want 70", got)
	}
	w.sql(`UPDATE account SET last_terminal = NULL WHERE account = $1`, home.String())
	w.restart()
	w.work()
	if s := w.status(); s.Quarantined != 0 {
		t.Errorf("mended, %d in quarantine", s.Quarantined)
	}
	w.clean()
}

// An erasure that a store cannot be told of, here because nobody can read which
// attachments its tills sent of her, holds up nothing else that stores are told.
func TestOneBadTellingHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	good := at.addMember(mehmet, "Mehmet")
	at.addMember(ayse, "Ayşe")
	at.sync()
	w.erase(ayse)
	at.sync()
	w.sql(`UPDATE store SET erasures_ms = 0`)
	w.sql(`INSERT INTO erased_attachment (terminal, hash, member) SELECT terminal, zeroblob(2), member FROM erased_attachment`)
	at.earn(ledger.SubjectOf(good), 70)
	at.sync()
	at.heardOf(good, 70)
	w.toldOnce(event.Undone)
	w.sql(`DELETE FROM erased_attachment WHERE length(hash) = 2`)
	w.work()
	if behind := w.rowsOf(`SELECT store FROM store WHERE erasures_ms = 0`); len(behind) != 0 {
		t.Errorf("mended, %v was not told of it", behind)
	}
	w.clean()
}

// What was posted and can be counted in no day, because nobody can read how it was decided,
// leaves stores untold of their days, and nothing else.
func TestOneBadDecisionHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	bad, good := at.addMember(ayse, ""), at.addMember(mehmet, "")
	at.earn(ledger.SubjectOf(bad), 10)
	at.sync()
	w.sql(`UPDATE ledger SET decided = zeroblob(2) WHERE account = $1`, bad.String())
	w.sql(`DELETE FROM counted`) // as a release leaves it that counts nothing
	w.restart()
	at.earn(ledger.SubjectOf(good), 70)
	at.sync()
	at.heardOf(good, 70)
	w.toldOnce(event.Undone)
}

// heardOf wants the till's store to have been told what an account has.
func (t *till) heardOf(account ledger.AccountID, available ledger.Points) {
	t.Helper()
	if told := t.rows["account "+account.String()].Account; told == nil || told.Balances[0].Available != available {
		t.Errorf("of %s the store was told %+v, want %d", account, told, available)
	}
}

// keptLog is the log of erasures, as it was written last.
func (w *world) keptLog() os.FileInfo {
	w.Helper()
	kept, err := os.Stat(filepath.Join(w.dir, hq.ErasuresFile))
	if err != nil {
		w.Fatal(err)
	}
	return kept
}

// An erasure that cannot be entered in its ledger, nor what is nobody's be ended there,
// holds up no other: who she was is gone, and a person is told of the rest, which is done
// once the account can be read again.
func TestOneBadErasureHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	bad, good := at.addMember(ayse, "Ayşe"), at.addMember(mehmet, "Mehmet")
	at.earn(ledger.SubjectOf(bad), 10)
	at.earn(ledger.SubjectOf(good), 10)
	at.sync()
	if _, err := w.hq.EraseMember(t.Context(), w.erasing(hq.Whom{Phone: ayse})); err != nil {
		t.Fatal(err)
	}
	w.sql(`UPDATE erasure SET entered = 0`)
	w.sql(`UPDATE account SET last_terminal = 'nobody' WHERE account = $1`, bad.String())
	if _, err := w.hq.EraseMember(t.Context(), w.erasing(hq.Whom{Phone: mehmet})); err != nil {
		t.Errorf("the other: %v", err)
	}
	w.work()
	w.work()
	w.counts("the other's are done", map[string]int{"person": 0, "units that are nobody's": 1})
	if n := w.told(event.Undone); n == 0 || n > 3 {
		t.Errorf("people were told %d times, want once of each thing", n)
	}
	kept := w.keptLog()
	w.work()
	if !os.SameFile(kept, w.keptLog()) {
		t.Error("what was wiped is wiped again in each round")
	}
	if left := w.rowsOf(`SELECT account FROM erasure WHERE entered = 0`); len(left) != 1 {
		t.Errorf("of %v nothing is entered, want of one", left)
	}
	w.sql(`UPDATE account SET last_terminal = $1 WHERE account = $2`, at.Terminal.String(), bad.String())
	w.sql(`INSERT INTO authority_dirty (account, version) SELECT account, version FROM account WHERE account = $1 ON CONFLICT DO NOTHING`, bad.String())
	w.work()
	w.counts("mended, hers too", map[string]int{"units that are nobody's": 0})
	w.clean()
}

// A member whom nobody can read keeps a restored headquarters neither from believing what
// its tills list of others, nor from what they sell.
func TestOneBadPersonKeepsNobodyFromBeingBelieved(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	bad := at.addMember(ayse, "Ayşe")
	at.sync()
	w.restore(w.backup())
	w.sql(`UPDATE person SET version = version + 1 WHERE account = $1`, bad.String())
	heard := newAccountID()
	at.earn(ledger.SubjectOf(heard), 100)
	at.comeAgain(at.row(ledger.PhoneIdentifier, mehmet, heard))
	at.leadsTo("she is believed", ledger.PhoneIdentifier, mehmet, heard)
	if w.told(event.Undone) == 0 {
		t.Error("nobody was told of who cannot be read")
	}
	if s := w.status(); s.Unprojected != 0 {
		t.Errorf("what the till sold waits: %+v", s)
	}
	w.sql(`UPDATE person SET version = version - 1 WHERE account = $1`, bad.String())
	at.sync()
	w.clean()
}
