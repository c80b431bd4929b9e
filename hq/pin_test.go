package hq_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// setPIN is what a till writes of a PIN.
func (t *till) setPIN(subject ledger.Subject, digits string, proof ledger.Proof, approver string) {
	t.Helper()
	plain, err := json.Marshal(ledger.Person{PIN: pin.Make([]byte(digits)).Text()})
	if err != nil {
		t.Fatal(err)
	}
	cipher, sum, err := keys.SealAttachment(t.Recipient, plain)
	if err != nil {
		t.Fatal(err)
	}
	t.append(&ledger.Entry{Kind: ledger.Profile, Subject: subject, Proof: proof, Approver: approver, Attachment: sum}, cipher, nil)
	t.sync()
}

// pins reads what the feed says of PINs from the beginning, as a till of this release
// asks.
func (t *till) pins() (told []*ledger.PINs) {
	t.Helper()
	var p wire.Page
	target := fmt.Sprintf("%s?cursor=%d.%d&%s=%d.0", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wire.PINsParam, t.cursor.Incarnation)
	if err := t.ask(http.MethodGet, target, nil, &p); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if c.PINs != nil {
			told = append(told, c.PINs)
		}
	}
	return told
}

// A till of the release before is told nothing of a PIN; one of this release is, with
// its store's key over it. Which one counts is whose proof is enough, then the later.
func TestPINOfFeed(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("a")
	account := a.addMember(ayse, "Ayşe")
	her, member := ledger.SubjectOf(account), ledger.MemberID(account)
	lookup, err := keys.ParseLookup(base64.RawURLEncoding.EncodeToString(a.LookupKey))
	if err != nil {
		t.Fatal(err)
	}
	is := func(when, digits string) {
		t.Helper()
		a.pull()
		for _, row := range a.rows {
			if row.PINs != nil {
				t.Fatalf("%s: a till of the release before is told of it", when)
			}
		}
		told := a.pins()
		if len(told) != 1 || told[0].Account != account || len(told[0].Members) != 1 || told[0].Members[0].Member != member {
			t.Fatalf("%s: told %+v", when, told)
		}
		hash, err := pin.Read(told[0].Members[0].Hash)
		key := func(sum []byte) [32]byte { return lookup.Sum(ledger.PINKind, ledger.PINBytes(member, sum)) }
		if err != nil || !hash.IsUnder(key, []byte(digits)) || hash.Is([]byte(digits)) {
			t.Errorf("%s: it is not %s: %v", when, digits, err)
		}
	}
	a.setPIN(her, "1111", ledger.Claimed, "")
	if told := a.pins(); len(told) != 0 {
		t.Errorf("by a typed number: %+v", told)
	}
	a.setPIN(her, "2580", ledger.Presented, "")
	is("by her card", "2580")
	a.setPIN(her, "3691", ledger.Presented, "")
	is("by a card again", "2580")
	a.setPIN(her, "4702", ledger.Verified, "")
	is("by the one before", "4702")
	a.setPIN(her, "5813", ledger.Claimed, "9")
	is("by a manager", "5813")
	if w.told(event.PIN) != 2 {
		t.Errorf("told %d times", w.told(event.PIN))
	}
	w.clean()
	if text := fmt.Sprintf("%+v %v", a.pins()[0], a.pins()[0].Members); strings.Contains(text, "argon2id") {
		t.Errorf("printed: %s", text)
	}
}
