package ledger_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// The chain is what protocol §1 says, computed here by hand.
func TestLink(t *testing.T) {
	var at ledger.Place
	if err := at.Terminal.UnmarshalText([]byte(accountText)); err != nil {
		t.Fatal(err)
	}
	at.Epoch, at.Seq, at.Branch = 3, 7, ledger.Branch{1, 2, 3, 4, 5, 6, 7, 8}
	prev, body := ledger.HashOf([]byte("prev")), ledger.HashOf([]byte("body"))
	by := []byte("loyaltyd/1")
	by = append(by, at.Terminal[:]...)
	by = append(by, 0, 0, 0, 3)
	by = append(by, 1, 2, 3, 4, 5, 6, 7, 8)
	by = append(by, 0, 0, 0, 0, 0, 0, 0, 7)
	by = append(append(by, prev[:]...), body[:]...)
	if got, want := ledger.Link(at, prev, body), ledger.Hash(sha256.Sum256(by)); got != want {
		t.Errorf("link %s, want %s", got, want)
	}
}

// A signature made for one purpose is none for another.
func TestSignaturesKeepTheirDomain(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signature := ledger.Sign(private, ledger.SealDomain, []byte("message"))
	if !ledger.Verify(public, ledger.SealDomain, []byte("message"), signature) {
		t.Error("own signature refused")
	}
	if ledger.Verify(public, ledger.EntryDomain, []byte("message"), signature) {
		t.Error("a seal's signature was taken for an entry's")
	}
	if ledger.Verify(public, ledger.SealDomain, []byte("massage"), signature) {
		t.Error("another message verified")
	}
	if other, _, _ := ed25519.GenerateKey(nil); ledger.Verify(other, ledger.SealDomain, []byte("message"), signature) {
		t.Error("another key verified")
	}
	if ledger.Verify(nil, ledger.SealDomain, []byte("message"), signature) {
		t.Error("a missing key verified")
	}
}

// What people compare is short, in groups, and another key's differs.
func TestFingerprint(t *testing.T) {
	one, _, _ := ed25519.GenerateKey(nil)
	other, _, _ := ed25519.GenerateKey(nil)
	print := ledger.Fingerprint(one)
	if len(print) != 29 || print != ledger.Fingerprint(one) || print == ledger.Fingerprint(other) {
		t.Errorf("fingerprints %q and %q", print, ledger.Fingerprint(other))
	}
}
