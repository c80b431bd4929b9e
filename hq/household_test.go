package hq_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const mehmet = "+905320000002"

// addTo writes that somebody joins an account, by a word of somebody in it.
func (t *till) addTo(account ledger.AccountID, e164, name string) ledger.AccountID {
	t.Helper()
	id := newAccountID()
	cipher, sum := t.person(e164, name)
	t.append(&ledger.Entry{
		Kind: ledger.Enroll, Subject: ledger.SubjectOf(id), Joins: account, Proof: ledger.Presented, Attachment: sum,
	}, cipher, nil)
	return id
}

// household is a headquarters with a till of this release and one of the release
// before, and Ayşe, whose account Mehmet joined.
func household(t *testing.T) (w *world, a, b *till, account, mehmets ledger.AccountID) {
	w = newWorldOf(t, starter(t))
	a, b = w.newTill("a"), w.newTill("b")
	account = a.addMember(ayse, "Ayşe")
	mehmets = a.addTo(account, mehmet, "Mehmet")
	a.sync()
	b.pull()
	return w, a, b, account, mehmets
}

// households reads what the feed says of them behind a position, as a till of this
// release asks.
func (t *till) households(after ledger.Position) (told []*ledger.Household) {
	t.Helper()
	var p wire.Page
	target := fmt.Sprintf("%s?cursor=%d.%d&%s=%d.%d", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position,
		wire.HouseholdsParam, t.cursor.Incarnation, after)
	if err := t.ask(http.MethodGet, target, nil, &p); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if c.Household != nil {
			told = append(told, c.Household)
		}
	}
	if p.Next != t.cursor {
		t.Errorf("the page moves the cursor from %+v to %+v", t.cursor, p.Next)
	}
	return told
}

// A till of the release before is told of one account that both numbers find, and of
// nothing it would not understand; one that was upgraded since hears who they are,
// however far it had read.
func TestHouseholdAtEarlierRelease(t *testing.T) {
	w, a, b, account, mehmets := household(t)
	for _, c := range b.rows {
		if c.Household != nil {
			t.Errorf("told of a household: %+v", c)
		}
	}
	if n := b.identifiers(ledger.SubjectOf(account)); n != 2 {
		t.Errorf("%d identifiers, want both numbers", n)
	}
	if f := b.rows["forward "+mehmets.String()].Forward; f == nil || f.To != account {
		t.Errorf("forward: %+v", f)
	}
	told := a.households(0)
	if len(told) != 1 || told[0].Account != account || len(told[0].Members) != 2 {
		t.Fatalf("upgraded: %+v", told)
	}
	second := told[0].Members[1]
	if second.Member != ledger.MemberID(mehmets) || second.Name != "M***" || len(second.Identifiers) != 1 {
		t.Errorf("the second member: %+v", second)
	}
	b.earn(ledger.SubjectOf(account), 300) // by whoever it was
	b.earn(ledger.SubjectOf(mehmets), 40)  // under his own id
	b.give(ledger.SubjectOf(mehmets), herCard)
	b.sync()
	if got := w.balance(mehmet); got.Available+got.Escrowed != 340 {
		t.Errorf("the account has %+v", got)
	}
	a.pull()
	told = a.households(0)
	if n := len(told[0].Members[1].Identifiers); n != 2 {
		t.Errorf("he has %d identifiers, want phone and card", n)
	}
	w.clean()
}

// A body that joins an account with neither proof nor a manager is none that this
// release writes: it waits, is told of, and joins nothing.
func TestHouseholdWithoutProof(t *testing.T) {
	w, a, _, account, _ := household(t)
	cipher, sum := a.person("+905320000003", "Ece")
	e := &ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Enroll, At: ledger.MillisOf(w.now()), Store: "0001",
		Subject: ledger.SubjectOf(newAccountID()), Joins: account, Proof: ledger.Presented, Attachment: sum,
	}
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	a.appendBody([]byte(strings.Replace(string(body), `"presented"`, `"claimed"`, 1)), cipher, nil)
	a.sync()
	if s := w.status(); s.Quarantined != 1 {
		t.Errorf("%d wait, want 1", s.Quarantined)
	}
	if n := a.identifiers(ledger.SubjectOf(account)); n != 2 {
		t.Errorf("%d identifiers, want 2", n)
	}
}

// Each member is one row under a key of her own: without his, nobody reads who
// Mehmet was, and Ayşe is who she was.
func TestHouseholdForgetsOne(t *testing.T) {
	w, a, _, account, mehmets := household(t)
	for _, table := range []string{"person", "claim_identifier"} {
		w.sql(`DELETE FROM `+table+` WHERE account = $1`, mehmets.String())
	}
	w.sql(`DELETE FROM membership WHERE member = $1`, mehmets.String())
	w.sql(`DELETE FROM claim_account WHERE account = $1`, mehmets.String())
	a.earn(ledger.SubjectOf(account), 10)
	a.sync()
	if n := a.identifiers(ledger.SubjectOf(account)); n != 1 {
		t.Errorf("%d identifiers, want hers", n)
	}
	if m := w.member(ayse); m.Name != "A***" || len(m.Household) != 0 {
		t.Errorf("left: %+v", m)
	}
	if told := a.households(0); len(told) != 1 || len(told[0].Members) != 0 {
		text, _ := json.Marshal(told)
		t.Errorf("the stores are told %s", text)
	}
	w.clean()
}

// What is kept of memberships and of what goes from account to account is checked.
func TestHouseholdTampered(t *testing.T) {
	for what, statement := range map[string]string{
		"an account that is another's": `INSERT INTO forward (account, to_account) SELECT account, 'x' FROM membership`,
		"an id that leads nowhere":     `DELETE FROM forward`,
		"a member gone":                `DELETE FROM person WHERE account IN (SELECT member FROM membership)`,
	} {
		t.Run(what, func(t *testing.T) {
			w, _, _, _, _ := household(t)
			w.clean()
			w.sql(statement)
			if len(w.verify()) == 0 {
				t.Error("nothing is found")
			}
		})
	}
}

// What was agreed leaves in one transaction and arrives in another, once, however
// often headquarters is stopped in between or told; in between it is nobody's, and
// what is lost of it is found.
func TestHandoverCutShort(t *testing.T) {
	w, a, _, account, mehmets := household(t)
	a.earn(ledger.SubjectOf(account), 300)
	a.sync()
	leave := hq.HouseholdLeave{ID: newEntryID(), Program: w.program.Ref().ID, Phone: mehmet, Gives: []loyalty.Amount{{Unit: unit, Amount: 120}}}
	left, err := w.hq.LeaveHousehold(t.Context(), leave)
	if err != nil || left.Account == account || left.Member != ledger.MemberID(mehmets) {
		t.Fatalf("left: %+v, %v", left, err)
	}
	if got := w.balance(mehmet).Available; got != 0 {
		t.Errorf("%d arrived before anything was done", got)
	}
	w.clean()
	for range 2 {
		w.restart()
		if again, err := w.hq.LeaveHousehold(t.Context(), leave); err != nil || again.Account != left.Account {
			t.Errorf("again: %+v, %v", again, err)
		}
		w.work()
		if his, hers := w.balance(mehmet).Available, w.balance(ayse).Available; his != 120 || hers != 180 {
			t.Errorf("he has %d and she %d, want 120 and 180", his, hers)
		}
		w.clean()
	}
	a.url = w.url
	a.pull()
	if told := a.households(0); len(told) != 2 || len(told[0].Members)+len(told[1].Members) != 1 {
		t.Errorf("the stores are told %+v", told)
	}

	w, a, _, account, _ = household(t)
	a.earn(ledger.SubjectOf(account), 300)
	a.sync()
	if _, err := w.hq.LeaveHousehold(t.Context(), leave); err != nil {
		t.Fatal(err)
	}
	w.sql(`DELETE FROM handover`)
	if len(w.verify()) == 0 {
		t.Error("nobody misses what left and never arrived")
	}
}

// She leaves a household, and what is hers then becomes a third's: said again, that she
// left changes nothing.
func TestLeftAndMergedSince(t *testing.T) {
	w, a, _, account, _ := household(t)
	const ece = "+905320000003"
	third := newAccountID()
	third[0], third[1] = 0, 0 // the id that stays
	a.addMemberAs(third, ece, "Ece")
	a.earn(ledger.SubjectOf(account), 90)
	a.earn(ledger.SubjectOf(third), 90)
	a.sync()
	leave := hq.HouseholdLeave{
		ID: newEntryID(), Phone: mehmet, Gives: []loyalty.Amount{{Unit: unit, Amount: 50}}, Program: program.ID, Operator: "9",
	}
	if _, err := w.hq.LeaveHousehold(t.Context(), leave); err != nil {
		t.Fatal(err)
	}
	w.work()
	merge := w.merging()
	merge.Other = ece
	if _, err := w.hq.MergeMembers(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	w.work()
	again, err := w.hq.LeaveHousehold(t.Context(), leave)
	if err != nil || again.Account != third {
		t.Errorf("said again: in %s, want %s: %v", again.Account, third, err)
	}
	w.work()
	if b := w.balance(mehmet); b.Available+b.Escrowed != 140 {
		t.Errorf("with the third she has %+v, want 140", b)
	}
	w.clean()
}
