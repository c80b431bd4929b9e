package ledger_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

var (
	newRight    func() ledger.RightID    = ledger.NewID
	newEntry    func() ledger.EntryID    = ledger.NewID
	newAccount  func() ledger.AccountID  = ledger.NewRandomID
	newTerminal func() ledger.TerminalID = ledger.NewID
)

// granted is a hub's right, and the split that gives a lane a part of it.
func granted(hub ed25519.PublicKey) (grant, split *ledger.Entry) {
	id := newRight()
	grant = &ledger.Entry{
		V: ledger.Version, ID: newEntry(), Kind: ledger.Grant, At: 1, Subject: ledger.SubjectOf(newAccount()),
		Right: &ledger.Right{
			ID: id, Terminal: newTerminal(), Epoch: 1, Program: "p", Unit: "points", Amount: 500, SpendUntil: 10, ReclaimAt: 20, SplitKey: hub,
		},
	}
	split = ledger.PartWanted{ID: newRight(), Terminal: newTerminal(), Epoch: 2}.SplitOf(grant, 200)
	split.ID, split.At = newEntry(), 2
	return grant, split
}

// A split says all of itself twice, as right and as posting, and is read as it was
// written; one that moves something else is none.
func TestSplit(t *testing.T) {
	_, split := granted(nil)
	body, err := split.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.Decode(body)
	if err != nil || again.Right.Parent != split.Right.Parent || again.Right.Amount != 200 {
		t.Errorf("read back %+v, %v", again, err)
	}
	for name, change := range map[string]func(*ledger.Entry){
		"of itself":     func(e *ledger.Entry) { e.Right.Parent = e.Right.ID },
		"of nothing":    func(e *ledger.Entry) { e.Right.Parent = ledger.RightID{} },
		"another right": func(e *ledger.Entry) { e.Postings[0].From = ledger.Escrow(newRight()) },
		"less":          func(e *ledger.Entry) { e.Postings[0].Amount-- },
		"to redeemed":   func(e *ledger.Entry) { e.Postings[0].To = ledger.Redeemed },
		"twice":         func(e *ledger.Entry) { e.Postings = append(e.Postings, e.Postings[0]) },
	} {
		_, bad := granted(nil)
		change(bad)
		if _, err := bad.Encode(); err == nil || !strings.Contains(err.Error(), "split") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A part's id follows from the request and the right, so that asking again gives the
// same; two rights answer one request with two.
func TestPartID(t *testing.T) {
	asked, one, two := newRight(), newRight(), newRight()
	first, again, other := ledger.PartID(asked, one), ledger.PartID(asked, one), ledger.PartID(asked, two)
	if first != again || first == other {
		t.Error("ids of parts do not follow from request and right")
	}
}

// A lane takes a part only where headquarters' signature leads to the hub's.
func TestTakePart(t *testing.T) {
	hqPublic, hq, _ := ed25519.GenerateKey(nil)
	hubPublic, hub, _ := ed25519.GenerateKey(nil)
	grant, split := granted(hubPublic)
	sign := func(e *ledger.Entry, key ed25519.PrivateKey, domain ledger.Domain) ledger.SignedEntry {
		body, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return ledger.SignedEntry{Body: body, Signature: ledger.Sign(key, domain, body)}
	}
	good, part := sign(grant, hq, ledger.EntryDomain), sign(split, hub, ledger.SplitDomain)
	line := ledger.NewKeyChain(keyChainID, hqPublic)
	taken, err := ledger.TakePart(good, part, line, ledger.Fingerprint(hubPublic))
	if err != nil || taken.Right.ID != split.Right.ID {
		t.Fatalf("a good one: %v", err)
	}
	unsplit, _ := granted(nil)
	for name, bad := range map[string]func() error{
		"grant of nobody": func() error {
			_, err := ledger.TakePart(sign(grant, hub, ledger.EntryDomain), part, line, ledger.Fingerprint(hubPublic))
			return err
		},
		"another hub": func() error {
			_, err := ledger.TakePart(good, part, line, ledger.Fingerprint(hqPublic))
			return err
		},
		"signed by hq": func() error {
			_, err := ledger.TakePart(good, sign(split, hq, ledger.SplitDomain), line, ledger.Fingerprint(hubPublic))
			return err
		},
		"no hub's right": func() error {
			_, err := ledger.TakePart(sign(unsplit, hq, ledger.EntryDomain), part, line, ledger.Fingerprint(hubPublic))
			return err
		},
		"no grant": func() error {
			_, err := ledger.TakePart(sign(split, hq, ledger.EntryDomain), part, line, ledger.Fingerprint(hubPublic))
			return err
		},
	} {
		if err := bad(); !errors.Is(err, ledger.ErrPart) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
