package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

// A hub gives its store's lanes parts of the rights that headquarters placed at
// it. The split is an entry of the hub's journal, signed by the key that the
// right's grant names; the lane writes what it took into its own journal (Part),
// so that whoever has a spend of it has the split before it, whatever became of
// the hub.

// SplitDomain is that of the parts that a hub gives.
const SplitDomain Domain = "loyaltyd/split/1"

// ErrPart says that a part is none of the right it names.
var ErrPart = errors.New("this is no part of that right")

// PartWanted is what a lane asks its hub for: parts of an account's rights, together
// of an amount, bound to the lane's branch.
type PartWanted struct {
	ID       RightID // the request's
	Terminal TerminalID
	Epoch    Epoch
	Branch   Branch
	Account  AccountID
	Program  string
	Unit     Unit
	Amount   Points
}

// GivenPart is a part of a right: headquarters' grant, and the hub's split of it.
type GivenPart struct {
	Grant SignedEntry `json:"grant"`
	Part  SignedEntry `json:"part"`
}

// SplitOf is the split of a right that gives an amount of it, still without id and
// time.
func (w PartWanted) SplitOf(grant *Entry, amount Points) *Entry {
	of := grant.Right
	id := PartID(w.ID, of.ID)
	return &Entry{
		V: Version, Kind: Split, Subject: grant.Subject, Program: grant.Program,
		Right: &Right{
			ID: id, Parent: of.ID, Terminal: w.Terminal, Epoch: w.Epoch, Branch: w.Branch,
			Program: of.Program, Unit: of.Unit, Amount: amount, Terms: of.Terms,
			SpendUntil: of.SpendUntil, ReclaimAt: of.ReclaimAt,
		},
		Postings: []Posting{{Unit: of.Unit, Amount: amount, From: Escrow(of.ID), To: Escrow(id), Right: id}},
	}
}

// PartID is the id of the part of a right that answers a request: asking again
// gives the same part.
func PartID(asked, parent RightID) (id RightID) {
	h := sha256.New()
	h.Write([]byte("loyaltyd/part/1\x00"))
	h.Write(asked[:])
	h.Write(parent[:])
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80 // UUIDv8, RFC 9562 §5.8
	id[8] = id[8]&0x3f | 0x80
	return id
}

// TakePart reads a part that a hub gave of a right, both signed, and reports why it
// is not to be taken. headquarters is the line of keys that a grant is signed with; the
// grant names the hub's, whose fingerprint the lane was given.
func TakePart(grant, part SignedEntry, headquarters KeyChain, hub string) (*Entry, error) {
	if !headquarters.Signed(EntryDomain, grant.Body, grant.Signature) {
		return nil, fmt.Errorf("%w: headquarters did not sign that right", ErrPart)
	}
	of, err := Decode(grant.Body)
	if err != nil || of.Kind != Grant {
		return nil, errors.Join(fmt.Errorf("%w: that is no grant", ErrPart), err)
	}
	if len(of.Right.SplitKey) != ed25519.PublicKeySize || Fingerprint(of.Right.SplitKey) != hub {
		return nil, fmt.Errorf("%w: that right is not this hub's to split", ErrPart)
	}
	e, err := ReadSplit(part, of.Right.SplitKey)
	if err != nil {
		return nil, err
	}
	if e.Subject != of.Subject || !sameTerms(e.Right.Terms, of.Right.Terms) {
		return nil, fmt.Errorf("%w: it is to something else", ErrPart)
	}
	return e, e.Right.PartOf(of.Right)
}

func sameTerms(a, b *LotTerms) bool { return a == b || a != nil && b != nil && *a == *b }

// ReadSplit reads a split that a key signed.
func ReadSplit(signed SignedEntry, key ed25519.PublicKey) (*Entry, error) {
	if !Verify(key, SplitDomain, signed.Body, signed.Signature) {
		return nil, fmt.Errorf("%w: it is not signed by the right's hub", ErrPart)
	}
	e, err := Decode(signed.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPart, err)
	}
	if e.Kind != Split {
		return nil, fmt.Errorf("%w: a %s splits nothing", ErrPart, e.Kind)
	}
	return e, nil
}

// PartOf reports why a right is no part of another; nil where it is one. Whether
// all parts together are within it only headquarters knows.
func (r *Right) PartOf(of *Right) error {
	switch {
	case r.Parent != of.ID:
		return fmt.Errorf("%w: it names another", ErrPart)
	case r.Program != of.Program || r.Unit != of.Unit:
		return fmt.Errorf("%w: it is to something else", ErrPart)
	case r.Amount > of.Amount:
		return fmt.Errorf("%w: it is of %d, and the right of %d", ErrPart, r.Amount, of.Amount)
	case r.SpendUntil > of.SpendUntil || r.ReclaimAt > of.ReclaimAt:
		return fmt.Errorf("%w: it would last longer", ErrPart)
	}
	return nil
}

// BoundTo reports whether a right is the terminal's and branch's of a place.
func (r *Right) BoundTo(at Place) bool {
	return r.Terminal == at.Terminal && r.Epoch == at.Epoch && r.Branch == at.Branch
}

// checkSplit is for a hub's split: all of it stands in one posting.
func (e *Entry) checkSplit() error {
	r := e.Right
	if r == nil || r.Amount <= 0 || r.Parent.IsZero() || r.Parent == r.ID {
		return errors.New("split of nothing")
	}
	want := Posting{Unit: r.Unit, Amount: r.Amount, From: Escrow(r.Parent), To: Escrow(r.ID), Right: r.ID}
	if len(e.Postings) != 1 || e.Postings[0] != want {
		return errors.New("split that moves something else")
	}
	if r.Terms != nil {
		return r.Terms.check()
	}
	return nil
}
