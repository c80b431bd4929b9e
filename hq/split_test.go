package hq_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// newHub enrolls a hub of the first store.
func (w *world) newHub() *till {
	w.Helper()
	secret, err := w.hq.IssueHubCode(context.Background(), "0001", "hub", time.Hour)
	if err != nil {
		w.Fatal(err)
	}
	hub := w.newTerminal(secret, "hub")
	if !hub.Hub {
		w.Error("the hub was not told that it is one")
	}
	return hub
}

// part is the split of a hub's right for a lane.
func (t *till) part(subject ledger.Subject, of *ledger.Right, lane *till, amount ledger.Points) *ledger.Entry {
	wanted := ledger.PartWanted{ID: newRightID(), Terminal: lane.Terminal, Epoch: lane.head.Epoch, Branch: lane.head.Branch}
	e := wanted.SplitOf(&ledger.Entry{Subject: subject, Right: of, Program: &program}, amount)
	e.V, e.ID, e.At, e.Store, e.Operator = ledger.Version, newEntryID(), ledger.MillisOf(t.now()), "0001", "-"
	return e
}

// split writes a split into the hub's journal.
func (t *till) split(subject ledger.Subject, of *ledger.Right, lane *till, amount ledger.Points) *ledger.Entry {
	t.Helper()
	return t.append(t.part(subject, of, lane, amount), nil, nil)
}

// takes writes into the lane's journal that it took a part, as the hub signed it.
func (t *till) takes(hub *till, split *ledger.Entry) {
	t.Helper()
	body, err := split.Encode()
	if err != nil {
		t.Fatal(err)
	}
	t.append(&ledger.Entry{Kind: ledger.Part, Subject: split.Subject, Part: &ledger.SignedEntry{
		Body: body, Signature: ledger.Sign(hub.key, ledger.SplitDomain, body),
	}}, nil, nil)
}

// withHub is a store with a hub and two lanes, and a member whose share stands at
// the hub.
func withHub(t *testing.T) (w *world, hub, a, b *till, subject ledger.Subject) {
	t.Helper()
	w = newWorld(t)
	hub, a, b = w.newHub(), w.newTill("lane 1"), w.newTill("lane 2")
	subject = ledger.SubjectOf(a.addMember(ayse, "Ayşe Yılmaz"))
	a.earn(subject, 1050)
	a.sync()
	hub.pull()
	return w, hub, a, b, subject
}

// What would stand at the lane used last stands at its store's hub, signed for it to
// split; once that is gone, at the lane.
func TestPlacedAtTheHub(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	r := hub.theRight()
	if r.Amount != 500 || r.Terminal != hub.Terminal || !ledger.Verify(r.SplitKey, "d", nil, ledger.Sign(hub.key, "d", nil)) {
		t.Errorf("right %+v", r)
	}
	if _, err := w.hq.IssueHubCode(t.Context(), "0001", "second", time.Hour); !errors.Is(err, hq.ErrHubTaken) {
		t.Errorf("a second hub: %v", err)
	}
	if _, err := w.hq.ReplaceTerminal(t.Context(), hub.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	a.earn(subject, 1000)
	a.sync()
	if len(a.rights) != 1 || a.theRight().SplitKey != nil {
		t.Errorf("the lane has %+v", a.rights)
	}
}

// A split and the lane's word that it took the part come in either order, together or
// alone: one part is filled from the right, and pays.
func TestSplit(t *testing.T) {
	for name, order := range map[string]func(hub, lane *till){
		"the hub first":  func(hub, lane *till) { hub.push(); hub.work(); lane.push() },
		"the lane first": func(hub, lane *till) { lane.push(); lane.work(); hub.push() },
		"the lane alone": func(hub, lane *till) { lane.push() },
	} {
		t.Run(name, func(t *testing.T) {
			w, hub, _, b, subject := withHub(t)
			r := hub.theRight()
			split := hub.split(subject, r, b, 300)
			b.takes(hub, split)
			b.spend(subject, split.Right.ID, 200)
			order(hub, b)
			w.work()
			w.expect("spent from the part", 450, 400) // 300 and 100 stand, and 100 more were placed
			if w.told(event.Loss)+w.told(event.Split) > 0 {
				t.Error("a loss was told")
			}
			b.giveBack(subject, split.Right.ID, 100)
			b.sync()
			if c := b.rows["right "+split.Right.ID.String()]; c.Right == nil || !c.Right.Closed {
				t.Errorf("the feed says %+v of the part, want closed", c.Right)
			}
			w.clean()
			w.rebuilds()
		})
	}
}

// What a part would have and its right has not, or not for this lane, is not paid:
// headquarters says why, and what is spent of it is loss.
func TestSplitNotCovered(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(hub, lane *till, part *ledger.Right)
		says string
	}{
		"more than there is":    {func(_, _ *till, part *ledger.Right) { part.Amount = 501 }, "of 500"},
		"longer":                {func(_, _ *till, part *ledger.Right) { part.SpendUntil++ }, "longer"},
		"of no right":           {func(_, _ *till, part *ledger.Right) { part.Parent = newRightID() }, "not open"},
		"to another unit":       {func(_, _ *till, part *ledger.Right) { part.Unit = "stars" }, "something else"},
		"taken by another lane": {func(hub, _ *till, part *ledger.Right) { part.Terminal = hub.Terminal }, "another terminal"},
	} {
		t.Run(name, func(t *testing.T) {
			w, hub, _, b, subject := withHub(t)
			part := hub.part(subject, hub.theRight(), b, 300)
			c.lie(hub, b, part.Right)
			part.Postings[0] = ledger.Posting{
				Unit: part.Right.Unit, Amount: part.Right.Amount, Right: part.Right.ID,
				From: ledger.Escrow(part.Right.Parent), To: ledger.Escrow(part.Right.ID),
			}
			b.takes(hub, part)
			b.spend(subject, part.Right.ID, 200)
			b.push()
			w.work()
			if w.told(event.Split) != 1 || !strings.Contains(w.reason(event.Split), c.says) {
				t.Errorf("headquarters says %q", w.reason(event.Split))
			}
			if w.told(event.Loss) != 1 {
				t.Error("the spend was paid")
			}
			w.expect("nothing of hers was spent", 550, 500)
		})
	}
}

// What a hub did not sign, or a terminal split that is none, is no split at all: it
// waits in quarantine, or is not covered.
func TestSplitByOthers(t *testing.T) {
	w, hub, a, b, subject := withHub(t)
	part := hub.part(subject, hub.theRight(), b, 300)
	b.takes(a, part) // signed by a lane
	b.push()
	w.work()
	if w.told(event.Quarantined) != 1 || !strings.Contains(w.reason(event.Quarantined), "not signed") {
		t.Errorf("a part signed by a lane: %q", w.reason(event.Quarantined))
	}
	a.split(subject, hub.theRight(), b, 300)
	a.push()
	w.work()
	if !strings.Contains(w.reason(event.Split), "terminal that has the right") {
		t.Errorf("a lane's split of a hub's right: %q", w.reason(event.Split))
	}
	w.expect("nothing moved", 550, 500)
}

// A hub brings a lane's batch as the lane sealed it; when the lane brings it too, or
// did before, it is a repeat. Only a hub does, and only of its own store.
func TestRelay(t *testing.T) {
	w, hub, a, b, subject := withHub(t)
	a.earn(subject, 100)
	a.earn(subject, 100)
	first, second := a.batch(a.acked, a.acked+1), a.batch(a.acked+1, a.acked+2)
	for range 2 {
		if relayed, err := hub.relay(first); err != nil || relayed.UpTo.Seq != a.head.Seq-1 {
			t.Fatalf("relayed %+v, %v", relayed, err)
		}
	}
	if _, err := hub.relay(second); err != nil { // under the same token: the lane has no other
		t.Fatal(err)
	}
	a.push()
	if _, err := hub.relay(first); err != nil {
		t.Fatal(err)
	}
	w.work()
	if b := w.balance(ayse); b.Available+b.Escrowed != 1250 {
		t.Errorf("she has %+v", b)
	}
	if _, err := b.relay(first); code(err) != wire.CodeUnauthorized {
		t.Errorf("relayed by a till: %v", err)
	}
	w.clean()
}

// A hub's cap is what all its lanes may hold: parts that they have count until they end,
// also once the right that they are of has gone back.
func TestPartsTakeRoom(t *testing.T) {
	w, hub, a, b, subject := withHub(t)
	account, _ := subject.Account()
	a.earn(subject, 100_000)
	a.sync() // 2000 stand at the hub, of 40 000
	id := newRightID()
	if answer := hub.askRight(id, account, 38_000); answer.Grant == nil {
		t.Fatalf("refused: %s", answer.Refuse)
	}
	split := hub.split(subject, hub.rights[id], b, 38_000)
	b.takes(hub, split)
	full := func(when string) {
		t.Helper()
		if answer := hub.askRight(newRightID(), account, 1000); answer.Grant != nil {
			t.Errorf("%s: granted beyond what all lanes may hold", when)
		}
	}
	hub.sync()
	full("split")
	hub.giveBack(subject, id, 0)
	hub.sync()
	for range 12 {
		w.pass(time.Minute)
		w.work()
	}
	full("what it is of went back")
	b.giveBack(subject, split.Right.ID, 38_000)
	b.sync()
	if answer := hub.askRight(newRightID(), account, 1000); answer.Grant == nil {
		t.Errorf("once the part came back too: refused: %s", answer.Refuse)
	}
	w.clean()
}

// reason is that of the last event of a kind.
func (w *world) reason(what string) (last string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.What == what {
			last = e.Reason
		}
	}
	return last
}

// A person's merge takes a hub's right and its parts along.
func TestSplitRightsMerge(t *testing.T) {
	p := newPair(t, nil)
	hub := p.newHub()
	p.b.earn(p.his, 1050)
	p.b.sync()
	hub.pull()
	w, b, subject := p.world, p.b, p.his
	split := hub.split(subject, hub.theRight(), b, 300)
	b.takes(hub, split)
	hub.sync()
	b.sync()
	p.merge()
	b.spend(subject, split.Right.ID, 300)
	b.sync()
	if w.told(event.Loss) > 0 {
		t.Error("the part did not pay any more")
	}
	w.clean()
	w.rebuilds()
}

// A part of which a row says that it is of another right than its split is found by
// deciding it again.
func TestFsckSplit(t *testing.T) {
	w, hub, _, b, subject := withHub(t)
	split := hub.split(subject, hub.theRight(), b, 300)
	hub.sync()
	b.takes(hub, split)
	b.sync()
	w.clean()
	account, _ := subject.Account()
	w.forge(account, `"parent":"`+split.Right.Parent.String(), `"parent":"`+newRightID().String())
	if found := w.fsck().Findings; len(found) == 0 || !strings.HasSuffix(found[0].What, "differs in grant") {
		t.Errorf("found %v", found)
	}
}

// What waits for a hub to hand its right back is tried again once a person says that
// the hub is waited for no longer, with nothing else coming in.
func TestPartOfALostHub(t *testing.T) {
	w := newWorld(t)
	hub, a, b := w.newHub(), w.newTill("lane 1"), w.newTill("lane 2")
	backup := w.backup()
	subject := ledger.SubjectOf(a.addMember(ayse, "Ayşe Yılmaz"))
	a.earn(subject, 1050)
	a.sync()
	hub.pull()
	part := hub.part(subject, hub.theRight(), b, 300)
	b.takes(hub, part)
	b.spend(subject, part.Right.ID, 200)
	b.push()
	w.restore(backup)
	a.comeAgain()
	b.comeAgain()
	if s := w.status(); s.Quarantined == 0 {
		t.Fatal("nothing waits for the hub")
	}
	if err := w.hq.GoOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.work()
	if s := w.status(); s.Quarantined != 0 {
		t.Errorf("%d still wait", s.Quarantined)
	}
	if w.told(event.Loss) != 1 {
		t.Error("what was spent of a right that nobody has is no loss")
	}
}

// A lane that came again to a restored headquarters takes a part of its hub, which did not
// yet, spends of it and gives back the rest: all of it waits for the hub's right.
func TestPartTakenBeforeItsHubComes(t *testing.T) {
	w := newWorld(t)
	hub, a, b := w.newHub(), w.newTill("lane 1"), w.newTill("lane 2")
	backup := w.backup()
	subject := ledger.SubjectOf(a.addMember(ayse, "Ayşe Yılmaz"))
	a.earn(subject, 1050)
	a.sync()
	hub.pull()
	right := hub.theRight()
	grant := w.theGrant()
	w.restore(backup)
	a.comeAgain()
	b.comeAgain()
	split := hub.part(subject, right, b, 300)
	b.takes(hub, split)
	b.spend(subject, split.Right.ID, 200)
	b.giveBack(subject, split.Right.ID, 100)
	b.sync()
	if s := w.status(); s.Quarantined != 3 {
		t.Errorf("%d wait for the hub, want 3", s.Quarantined)
	}
	known := hub.mustHello(wire.InStep).Known
	if _, err := hub.list(wire.Listing{Last: true}); err != nil {
		t.Fatal(err)
	}
	hub.handBack(ledger.KeptRight{Grant: grant, Kept: right.Amount})
	hub.acked = int(known.Seq)
	hub.append(split, nil, nil)
	hub.handBack()
	hub.sync()
	if w.told(event.Loss) > 0 || w.told(event.ReturnIgnored) > 0 {
		t.Error("what was spent is a loss, or what was given back was not taken")
	}
	if b := w.balance(ayse); b.Available+b.Escrowed != 850 {
		t.Errorf("she has %+v, want 850", b)
	}
	if open := w.rowsOf(`SELECT right_id FROM account_right WHERE state = 'open' AND parent IS NOT NULL`); len(open) > 0 {
		t.Errorf("the part is open still: %v", open)
	}
	w.clean()
}

// A headquarters restored from before it had the hub takes back what a lane has of that:
// a lane that was refused would never send what it sold.
func TestPartOfAForgottenHub(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, "Ayşe Yılmaz"))
	a.sync()
	backup := w.backup()
	hub := w.newHub()
	a.earn(subject, 1050)
	a.sync()
	hub.pull()
	split := hub.split(subject, hub.theRight(), a, 300)
	a.takes(hub, split)
	a.spend(subject, split.Right.ID, 200)
	a.earn(subject, 70)
	w.restore(backup)
	if at := a.mustHello(wire.InStep); !at.HandBack {
		t.Fatal("nothing is to be handed back")
	}
	body, err := split.Encode()
	if err != nil {
		t.Fatal(err)
	}
	part := ledger.SignedEntry{Body: body, Signature: ledger.Sign(hub.key, ledger.SplitDomain, body)}
	message, _ := json.Marshal(wire.HandBack{Head: a.head, Last: true, Rights: []ledger.KeptRight{{Grant: part, Kept: 300}}})
	if err := a.ask(http.MethodPost, wire.HandBackPath, message, new(wire.TakenBack)); err != nil {
		t.Fatalf("the lane is refused: %v", err)
	}
	if _, err := a.list(wire.Listing{Last: true}); err != nil {
		t.Fatal(err)
	}
	a.acked = 1
	a.sync()
	if err := w.hq.GoOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.sync()
	if b := w.balance(ayse); b.Available+b.Escrowed != 1120 {
		t.Errorf("she has %+v", b)
	}
	if s := w.status(); s.Unprojected != 0 {
		t.Errorf("%+v", s)
	}
}
