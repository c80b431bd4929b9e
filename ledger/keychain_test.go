package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

var keyChainID = ledger.ChainID{1}

func newKey(t interface{ Fatal(...any) }) ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func succession(t interface{ Fatal(...any) }, older, newer ed25519.PrivateKey, at ledger.Millis) ledger.SignedSuccession {
	s, err := ledger.SignSuccession(keyChainID, older, newer, at, at+10)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// From whichever key one begins, and in whichever order the steps are told, the
// whole line is found; answers are believed from the key that was heard on, and
// documents from any.
func TestKeyChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "keys")
		var keys []ed25519.PrivateKey
		var steps []ledger.SignedSuccession
		for i := range n {
			if keys = append(keys, newKey(t)); i > 0 {
				steps = append(steps, succession(t, keys[i-1], keys[i], ledger.Millis(i)))
			}
		}
		draw := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		draw.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		pinned, spoke := rapid.IntRange(0, n-1).Draw(t, "pinned"), rapid.IntRange(0, n-1).Draw(t, "spoke")
		line, grew := ledger.NewKeyChain(keyChainID, public(keys[pinned])).Learn(steps)
		if grew != (n > 1) || !line.Newest().Equal(public(keys[n-1])) || len(line.Links()) != n-1 {
			t.Fatalf("of %d keys, %d steps were taken", n, len(line.Links()))
		}
		line, moved := line.Hear(public(keys[spoke]))
		if moved != (spoke > pinned) {
			t.Fatalf("heard with key %d after %d: moved %t", spoke, pinned, moved)
		}
		if got, want := len(line.Speaking()), n-max(pinned, spoke); got != want {
			t.Fatalf("%d keys may answer, want %d", got, want)
		}
		again := ledger.NewKeyChain(keyChainID, public(keys[pinned])).Resume(line.Successions())
		if len(again.Speaking()) != len(line.Speaking()) || len(again.Retired()) != len(line.Retired()) {
			t.Fatal("what was kept is not what is had again")
		}
		for _, key := range keys {
			message := []byte("a grant")
			if !line.Signed(ledger.EntryDomain, message, ledger.Sign(key, ledger.EntryDomain, message)) {
				t.Fatal("what a key of the line signed is not believed")
			}
		}
	})
}

// A step that is not signed by both keys, of another chain, from a key that is
// retired, or from nowhere leads nowhere.
func TestKeyChainRefuses(t *testing.T) {
	first, second, third, stranger := newKey(t), newKey(t), newKey(t), newKey(t)
	line, _ := ledger.NewKeyChain(keyChainID, public(first)).Learn([]ledger.SignedSuccession{succession(t, first, second, 1)})
	line, _ = line.Hear(public(second))
	half := succession(t, second, third, 2)
	half.ByNew = half.ByOld
	tampered := succession(t, second, third, 2)
	tampered.Body = append([]byte(" "), tampered.Body...)
	other, err := ledger.SignSuccession(ledger.ChainID{2}, second, third, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]ledger.SignedSuccession{
		"signed by one": half, "tampered": tampered, "another chain": other, "a retired key's": succession(t, first, third, 9),
		"a stranger's": succession(t, stranger, third, 9), "in a circle": succession(t, second, first, 9), "empty": {},
	} {
		if _, grew := line.Learn([]ledger.SignedSuccession{step}); grew {
			t.Errorf("%s: taken", name)
		}
	}
}

// A headquarters that was put back to before it announced a key may announce
// another: the later one counts, until it was heard with the first.
func TestKeyChainAnnouncedAnew(t *testing.T) {
	first, lost, second := newKey(t), newKey(t), newKey(t)
	early, late := succession(t, first, lost, 1), succession(t, first, second, 5)
	line := ledger.NewKeyChain(keyChainID, public(first))
	for _, order := range [][]ledger.SignedSuccession{{early, late}, {late, early}} {
		learned, _ := line.Learn(order)
		if !learned.Newest().Equal(public(second)) || learned.Has(public(lost)) {
			t.Error("the earlier announcement counts")
		}
	}
	heard, _ := line.Learn([]ledger.SignedSuccession{early})
	heard, _ = heard.Hear(public(lost))
	if _, grew := heard.Learn([]ledger.SignedSuccession{late}); grew {
		t.Error("a key that was replaced announced another")
	}
}

// What comes for a succession of keys is followed only where both keys signed it: none
// that a stranger makes up moves the line, and none ends the till.
func FuzzSuccession(f *testing.F) {
	older := ed25519.NewKeyFromSeed(make([]byte, 32))
	told := succession(f, older, ed25519.NewKeyFromSeed(bytes.Repeat([]byte("s"), 32)), 1)
	f.Add(told.Body, told.ByOld, told.ByNew)
	f.Add([]byte(`{"v":1,"chain":"00","old":"AA==","new":"AQ==","at_ms":1,"until_ms":2}`), []byte{}, []byte{1})
	f.Fuzz(func(t *testing.T, body, byOld, byNew []byte) {
		line, grew := ledger.NewKeyChain(keyChainID, public(older)).Learn([]ledger.SignedSuccession{{Body: body, ByOld: byOld, ByNew: byNew}})
		if genuine := bytes.Equal(body, told.Body) && bytes.Equal(byOld, told.ByOld) && bytes.Equal(byNew, told.ByNew); grew != genuine {
			t.Errorf("%d keys are known of %q", len(line.Links())+1, body)
		}
	})
}
