package hq_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const herCard = "2912345678906"

// give writes that a member has a card.
func (t *till) give(subject ledger.Subject, number string) *ledger.Entry {
	t.Helper()
	plain, _ := json.Marshal(ledger.Person{Card: number})
	cipher, sum, err := keys.SealAttachment(t.Recipient, plain)
	if err != nil {
		t.Fatal(err)
	}
	return t.append(&ledger.Entry{Kind: ledger.Profile, Subject: subject, Proof: ledger.Claimed, Attachment: sum}, cipher, nil)
}

// identifiers is how many ways the feed has to find an account.
func (t *till) identifiers(subject ledger.Subject) int {
	t.Helper()
	c := t.rows["account "+string(subject)]
	if c.Account == nil {
		t.Fatalf("the feed has no account %s", subject)
	}
	return len(c.Account.Identifiers)
}

// A card that a profile gives comes by the feed to every till of the store,
// beside her number and her other cards, and once.
func TestCard(t *testing.T) {
	w, a, b, subject := newcomer(t)
	a.give(subject, herCard)
	a.sync()
	b.pull()
	for _, till := range []*till{a, b} {
		if n := till.identifiers(subject); n != 2 {
			t.Errorf("%d identifiers, want phone and card", n)
		}
	}
	b.give(subject, herCard)
	b.give(subject, "2912000000004")
	b.sync()
	if n := b.identifiers(subject); n != 3 {
		t.Errorf("%d identifiers, want phone and two cards", n)
	}
	if m := w.member(ayse); m.Name != "A***" {
		t.Errorf("she is called %q", m.Name)
	}
	w.restart()
	w.clean()
	if s := w.status(); s.Quarantined != 0 || w.told(event.DuplicateCard) != 0 {
		t.Errorf("quarantined %d, told %d times", s.Quarantined, w.told(event.DuplicateCard))
	}
}

// Two tills give one card to two members: whoever comes first has it for ever.
// The other is told, and stays herself.
func TestCardOfTwo(t *testing.T) {
	w, a, b, subject := newcomer(t)
	other := ledger.SubjectOf(b.addMember("+905320000002", ""))
	lost := b.give(other, herCard)
	a.give(subject, herCard)
	a.sync()
	b.sync()
	a.pull()
	b.verdict("the card of another", lost, ledger.DuplicateName)
	if n, m := a.identifiers(subject), a.identifiers(other); n != 2 || m != 1 {
		t.Errorf("%d and %d identifiers, want 2 and 1", n, m)
	}
	if n := w.told(event.DuplicateCard); n != 1 {
		t.Errorf("told %d times", n)
	}
	b.give(other, herCard)
	b.sync()
	if n := b.identifiers(other); n != 1 {
		t.Errorf("asked again: %d identifiers, want 1", n)
	}
	w.clean()
}

// The card of a member whose number was enrolled twice is the survivor's.
func TestCardOfSurvivor(t *testing.T) {
	w, a, b, subject := newcomer(t)
	b.give(ledger.SubjectOf(b.addMember(ayse, "")), herCard)
	b.sync()
	a.pull()
	if n := a.identifiers(subject); n != 2 {
		t.Errorf("%d identifiers, want phone and card", n)
	}
	w.clean()
}

// Of nobody, too long, and of a fenced till: nothing is bound, and whoever
// comes after with that card has it.
func TestCardNotBound(t *testing.T) {
	w, a, b, subject := newcomer(t)
	a.give(ledger.SubjectOf(newAccountID()), herCard)
	a.give(subject, strings.Repeat("9", 65))
	a.sync()
	if s := w.status(); s.Quarantined != 2 {
		t.Errorf("quarantined %d, want 2", s.Quarantined)
	}
	w.clean()
	copied := b.clone()
	b.earn(subject, 1)
	b.push()
	copied.earn(subject, 2)
	copied.send(copied.batch(copied.acked, len(copied.lines))) // whatever comes back
	b.give(subject, herCard)
	b.send(b.batch(b.acked, len(b.lines)))
	w.work()
	a.sync()
	if n := a.identifiers(subject); n != 1 {
		t.Errorf("%d identifiers, want the phone alone", n)
	}
	w.clean()
	other := ledger.SubjectOf(a.addMember("+905320000002", ""))
	a.give(other, herCard)
	a.sync()
	if n := a.identifiers(other); n != 2 {
		t.Errorf("%d identifiers, want phone and card", n)
	}
	w.clean()
}

// Verify finds a card that came or went behind headquarters' back.
func TestTamperedCard(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"claim deleted": {`DELETE FROM claim_identifier WHERE hash IN (SELECT hash FROM person_card)`, "a card that it is not found by"},
		"claim moved":   {`UPDATE claim_identifier SET account = 'x' WHERE hash IN (SELECT hash FROM person_card)`, "a card that it is not found by"},
		"card deleted":  {`DELETE FROM person_card`, "another number"},
		"card changed":  {`UPDATE person_card SET card = zeroblob(length(card))`, "cannot be read"},
		"card moved":    {`UPDATE person_card SET hash = zeroblob(16)`, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, a, _, subject := newcomer(t)
			a.give(subject, herCard)
			a.sync()
			w.clean()
			w.sql(c.query)
			found := w.verify()
			if !slices.ContainsFunc(found, func(f audit.Finding) bool { return strings.Contains(f.What, c.want) }) {
				t.Errorf("found %v, want one with %q", found, c.want)
			}
		})
	}
}
