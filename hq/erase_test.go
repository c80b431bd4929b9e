package hq_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func (w *world) erasing(whom hq.Whom) hq.MemberErasure {
	return hq.MemberErasure{ID: newEntryID(), Whom: whom, Reason: "she asked", Operator: "9"}
}

// erase erases who has a number.
func (w *world) erase(e164 string) hq.Erased {
	w.Helper()
	done, err := w.hq.EraseMember(context.Background(), w.erasing(hq.Whom{Phone: e164}))
	if err != nil {
		w.Fatal(err)
	}
	return done
}

// rowsOf are queries that count.
var rowsOf = map[string]string{
	"person":            `SELECT count(*) FROM person`,
	"person_card":       `SELECT count(*) FROM person_card`,
	"claim_identifier":  `SELECT count(*) FROM claim_identifier`,
	"suspect":           `SELECT count(*) FROM suspect`,
	"attachment":        `SELECT count(*) FROM attachment`,
	"quarantine":        `SELECT count(*) FROM quarantine`,
	"member_segment":    `SELECT count(*) FROM member_segment`,
	"erased_identifier": `SELECT count(*) FROM erased_identifier`,
	"units that are nobody's": `
		SELECT count(*) FROM balance b JOIN erasure x ON x.account = b.account WHERE x.alone = 1 AND b.available + b.pending > 0`,
	"people who were erased":      `SELECT count(*) FROM person p JOIN erasure x ON x.member = p.account`,
	"claims of who was erased":    `SELECT count(*) FROM claim_identifier c JOIN erasure x ON x.member = c.account`,
	"attachments that are erased": `SELECT count(*) FROM attachment a JOIN erased_attachment x ON x.terminal = a.terminal AND x.hash = a.hash`,
}

// counts compares how many rows there are.
func (w *world) counts(when string, want map[string]int) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	for what, n := range want {
		var have int
		if err := db.QueryRow(rowsOf[what]).Scan(&have); err != nil {
			w.Fatal(err)
		}
		if have != n {
			w.Errorf("%s: %d rows of %s, want %d", when, have, what, n)
		}
	}
}

// erasures reads those that the feed has and a till has not heard of, as one of this
// release asks, which has sealed past some.
func (t *till) erasures(heard, sealed ledger.Millis) (told []*ledger.Erasure) {
	t.Helper()
	var p wire.Page
	target := fmt.Sprintf("%s?cursor=%d.%d&%s=%s", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position,
		wire.ErasuresParam, wire.Erasures{Heard: heard, Sealed: sealed}.Text())
	if err := t.ask(http.MethodGet, target, nil, &p); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if c.Erasure != nil {
			told = append(told, c.Erasure)
		}
	}
	if len(told) > 0 && (p.Next != t.cursor || len(told) != len(p.Changes)) {
		t.Errorf("the page has other rows, or moves the cursor from %+v to %+v", t.cursor, p.Next)
	}
	return told
}

// detached sells to somebody who typed a number and proved too little.
func (t *till) detached(e164 string, points ledger.Points) *ledger.Entry {
	t.Helper()
	cipher, sum := t.person(e164, "")
	e := earning("", saleID(), points)
	e.ID, e.Attachment = newEntryID(), sum
	e.Subject = ledger.SaleSubject(e.ID)
	return t.append(e, cipher, nil)
}

// All that headquarters has of a person goes, wherever it stands: with her number, in
// what waits, in what was nobody's. Her account's books stay, and its units end, also
// those that a till held and gives back later.
func TestEraseMember(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	a.suspect(saleID(), ayse, 5) // before anybody has the number
	a.sync()
	account := b.addMember(ayse, "Ayşe")
	subject := ledger.SubjectOf(account)
	b.give(subject, herCard)
	b.earn(subject, 1000)
	b.detached(ayse, 7)
	b.sync()
	a.give(ledger.SubjectOf(newAccountID()), herCard) // of nobody: it waits
	a.addMember(mehmet, "Mehmet")
	a.sync()
	segment := hq.SegmentChange{Segmenting: ledger.Segmenting{Segment: "vip", Reason: "hers"}}
	if _, err := w.hq.Segment(context.Background(), segment, []hq.Whom{{Phone: ayse}}); err != nil {
		t.Fatal(err)
	}
	b.sync()
	right := b.theRight()
	w.counts("before", map[string]int{
		"person": 2, "person_card": 1, "claim_identifier": 3, "suspect": 1, "attachment": 6, "quarantine": 1, "member_segment": 1,
	})

	erasing := w.erasing(hq.Whom{Phone: ayse})
	done, err := w.hq.EraseMember(context.Background(), erasing)
	if err != nil || done.Account != account || done.Stay != 0 || len(done.Awaits) != 2 {
		t.Fatalf("erased %+v, %v", done, err)
	}
	again, err := w.hq.EraseMember(context.Background(), erasing)
	if err != nil || again.Entry != done.Entry || again.Member != done.Member {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	for _, whom := range []hq.Whom{{Phone: ayse}, {Card: herCard}, {Account: account}} {
		if _, err := w.hq.EraseMember(context.Background(), w.erasing(whom)); !errors.Is(err, records.ErrNotFound) {
			t.Errorf("found again: %v", err)
		}
	}
	w.work()
	w.counts("erased", map[string]int{
		"person": 1, "person_card": 0, "claim_identifier": 1, "suspect": 0, "attachment": 1, "member_segment": 0, "quarantine": 0,
	})
	w.clean()
	for _, lane := range []*till{a, b} {
		lane.pull() // as one of the release before
		if n := lane.identifiers(subject); n != 0 {
			t.Errorf("%d identifiers are told", n)
		}
		for key, c := range lane.rows {
			if c.Erasure != nil {
				t.Errorf("the release before is told %s", key)
			}
		}
		if told := lane.erasures(0, 0); len(told) == 0 || told[0].Member != ledger.MemberID(account) {
			t.Errorf("told: %+v", told)
		}
	}
	if s := b.rows["right "+right.ID.String()].Right; s == nil || !s.Recall {
		t.Errorf("her right is not called back: %+v", s)
	}
	b.spend(subject, right.ID, 300)
	b.giveBack(subject, right.ID, right.Amount-300)
	b.sync()
	w.work()
	w.counts("given back", map[string]int{"units that are nobody's": 0})
	if w.told(event.Loss) > 0 {
		t.Error("what she spent is lost")
	}
	w.restart()
	w.work()
	w.clean()
}

// What still comes of her from a till that had not heard is erased as it comes, and
// told to that till; from one that had, it is of somebody new. The number's hash is
// kept until both have sent all that they wrote before, and for a month.
func TestErasedArrivals(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	old := a.addMember(ayse, "Ayşe")
	a.sync()
	b.pull()
	serial := func(of *till) ledger.Millis {
		told := of.erasures(0, 0)
		return told[len(told)-1].Serial
	}
	w.erase(ayse)
	heard := serial(a)

	suspect := b.suspect(saleID(), ayse, 5)
	b.detached(ayse, 7)
	other := b.addMember(ayse, "Ayşe")
	b.give(ledger.SubjectOf(other), herCard)
	b.give(ledger.SubjectOf(old), herCard)
	late := b.earn(ledger.SubjectOf(old), 50)
	b.push()
	w.work()
	w.counts("late", map[string]int{"person": 0, "claim_identifier": 0, "suspect": 0, "attachment": 0, "erased_identifier": 1, "quarantine": 0})
	b.pull()
	b.verdict("late", suspect, ledger.Erased)
	b.verdict("late", late, ledger.Posted)
	if told := b.erasures(heard, 0); len(told) < 2 {
		t.Errorf("its till is told %+v", told)
	}

	cipher, sum := a.person(ayse, "Somebody Else")
	anew := newAccountID()
	a.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(anew), Proof: ledger.Claimed, Attachment: sum, Erasures: heard}, cipher, nil)
	a.push()
	w.work()
	if m := w.member(ayse); m.Account != anew {
		t.Errorf("enrolled anew: %+v", m)
	}
	last := serial(b)
	a.erasures(last, last)
	w.work()
	w.counts("one has sealed", map[string]int{"erased_identifier": 1})
	b.erasures(last, last)
	w.work()
	w.counts("both have sealed", map[string]int{"erased_identifier": 1})
	w.workFor(32)
	w.counts("a month later", map[string]int{"erased_identifier": 0})
	w.pass(time.Minute)
	w.clean()
}

// A till cannot have somebody erased who is enrolled, by an enroll of her account with
// a number that was erased.
func TestErasureByAForgedEnroll(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a := w.newTill("lane 1")
	a.addMember(ayse, "Ayşe")
	his := a.addMember(mehmet, "Mehmet")
	a.sync()
	w.erase(ayse)
	a.addMemberAs(his, ayse, "Ayşe")
	a.push()
	w.work()
	if m := w.member(mehmet); m.Account != his {
		t.Errorf("he is %+v", m)
	}
	w.clean()
}

// A database that somebody put back beside the log, without saying so, erases again
// before it answers anybody.
func TestErasedByTheLogAlone(t *testing.T) {
	w := &world{TB: t, program: starter(t)} // on SQLite: a file is put back
	w.found()
	a := w.newTill("lane 1")
	account := a.addMember(ayse, "Ayşe")
	a.earn(ledger.SubjectOf(account), 500)
	a.sync()
	backup := t.TempDir()
	if err := custody.CopyDatabase(context.Background(), w.dir, backup); err != nil {
		t.Fatal(err)
	}
	w.erase(ayse)
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(filepath.Join(backup, hq.DatabaseFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.dir, hq.DatabaseFile), was, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := w.hq.MemberByPhone(context.Background(), ayse); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("she is found: %v", err)
	}
	w.work()
	w.counts("erased again", map[string]int{"person": 0, "claim_identifier": 0, "attachment": 0, "units that are nobody's": 0})
	w.clean()
}

// A sale that waits for whoever is in an account to confirm it stays hers who is left in
// it; once nobody is, it is nobody's.
func TestErasedOfWhomASaleWaitsFor(t *testing.T) {
	w, a, _, account, _ := household(t)
	waits := func() {
		plain, _ := json.Marshal(ledger.Person{Account: account})
		cipher, sum, err := keys.SealAttachment(a.Recipient, plain)
		if err != nil {
			t.Fatal(err)
		}
		e := earning("", saleID(), 7)
		e.ID, e.Attachment = newEntryID(), sum
		e.Subject = ledger.SaleSubject(e.ID)
		a.append(e, cipher, nil)
		a.sync()
	}
	waits()
	w.erase(ayse)
	waits()
	w.counts("one is left", map[string]int{"attachment": 3, "person": 1})
	w.erase(mehmet)
	waits()
	w.counts("nobody is left", map[string]int{"attachment": 0, "person": 0})
	w.clean()
}
