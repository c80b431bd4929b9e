package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// keyOf makes a key that every run has again, for committed seeds' sake.
func keyOf(name byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{name}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func seal() ledger.Seal {
	return ledger.Seal{
		Terminal: ledger.TerminalID{1}, Epoch: 2, Branch: ledger.Branch{3}, First: 4,
		Prev: ledger.HashOf([]byte("prev")), Head: ledger.HashOf([]byte("head")),
		Sums:  []ledger.UnitSum{{Unit: "points", Issued: 19}},
		Origs: []ledger.OrigAt{{Line: 1, Place: ledger.Place{Terminal: ledger.TerminalID{1}, Epoch: 1, Seq: 9}}},
		At:    1_790_000_000_000, Token: "<&>",
	}
}

func encode(t testing.TB, bodies, attachments [][]byte) []byte {
	t.Helper()
	message, err := wire.EncodeBatch(seal(), keyOf(1), bodies, attachments)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// What was written is read again: bodies byte for byte, as they were stored.
func TestBatchRoundTrip(t *testing.T) {
	bodies := [][]byte{[]byte(`{"v":1,"kind":"sale <b>"}`), []byte(`{ "v" : 1 }`), []byte(`not json at all`), {}}
	attachments := [][]byte{{0, '\n', 255}, []byte("age")}
	batch, err := wire.DecodeBatch(encode(t, bodies, attachments), public(keyOf(1)))
	if err != nil {
		t.Fatal(err)
	}
	want := seal()
	want.V, want.Count, want.Attachments = wire.Protocol, len(bodies), len(attachments)
	if diff := cmp.Diff(want, batch.Seal); diff != "" {
		t.Errorf("seal: %s", diff)
	}
	if diff := cmp.Diff(bodies, batch.Bodies); diff != "" {
		t.Errorf("bodies: %s", diff)
	}
	if diff := cmp.Diff(attachments, batch.Attachments); diff != "" {
		t.Errorf("attachments: %s", diff)
	}
	if !ledger.Verify(public(keyOf(1)), ledger.SealDomain, batch.SealBytes, batch.Signature) {
		t.Error("the seal as kept for evidence does not verify")
	}
}

// A batch is what its seal says, whole and signed, or nothing.
func TestBatchRefused(t *testing.T) {
	good := string(encode(t, [][]byte{[]byte(`{"a":1}`), []byte(`{"b":2}`)}, [][]byte{[]byte("age")}))
	lines := strings.SplitAfter(good, "\n")
	counted := func(entries, attachments int) string {
		s := seal()
		message, err := wire.EncodeBatch(s, keyOf(1), make([][]byte, entries), make([][]byte, attachments))
		if err != nil {
			t.Fatal(err)
		}
		return string(message)
	}
	for _, c := range []struct{ name, message string }{
		{"nothing", ""},
		{"one line feed", "\n"},
		{"no seal", lines[1]},
		{"a line less", lines[0] + lines[1] + lines[3]},
		{"a line more", good + "{}\n"},
		{"an empty line more", good + "\n"},
		{"cut in the last line", good[:len(good)-1]},
		{"cut in a body", lines[0] + lines[1] + lines[2][:3]},
		{"attachment that is no line of ours", lines[0] + lines[1] + lines[2] + `{"data":"YWdl","more":1}` + "\n"},
		{"seal changed", strings.Replace(good, `"epoch":2`, `"epoch":3`, 1)},
		{"seal with a key twice", strings.Replace(good, `{"seal":`, `{"seal":{},"seal":`, 1)},
		{"more entries than a batch has", counted(wire.MaxBatchEntries+1, 0)},
		{"more attachments than entries", counted(1, 2)},
		{"line feeds only", lines[0] + strings.Repeat("\n", 1<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := wire.DecodeBatch([]byte(c.message), public(keyOf(1))); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, err := wire.DecodeBatch([]byte(good), public(keyOf(2))); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("under another terminal's key: %v", err)
	}
}

// Nothing that comes in makes DecodeBatch panic, also behind a good signature;
// and what it takes is whole: written again it is the same batch.
func FuzzDecodeBatch(f *testing.F) {
	message := encode(f, [][]byte{[]byte(`{"a":1}`), []byte(`x`)}, [][]byte{[]byte("age")})
	_, rest, _ := bytes.Cut(message, []byte("\n"))
	batch, err := wire.DecodeBatch(message, public(keyOf(1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(batch.SealBytes, rest)
	f.Add(batch.SealBytes, rest[:len(rest)/2])
	f.Add(batch.SealBytes, []byte("\n\n\n"))
	f.Add([]byte(`{"v":1,"count":-1,"attachments":9223372036854775807}`), []byte("x\n"))
	f.Add([]byte(`{"v":1} {}`), []byte(nil))
	key := keyOf(1)
	f.Fuzz(func(t *testing.T, seal, rest []byte) {
		signature := base64.StdEncoding.EncodeToString(ledger.Sign(key, ledger.SealDomain, seal))
		message := fmt.Appendf(nil, "{\"seal\":%s,\"signature\":%q}\n%s", seal, signature, rest)
		batch, err := wire.DecodeBatch(message, public(key))
		if err != nil {
			return
		}
		again, err := wire.EncodeBatch(batch.Seal, key, batch.Bodies, batch.Attachments)
		if err != nil {
			t.Fatal(err)
		}
		second, err := wire.DecodeBatch(again, public(key))
		if err != nil {
			t.Fatalf("written again it is refused: %v", err)
		}
		if diff := cmp.Diff(batch.Bodies, second.Bodies) + cmp.Diff(batch.Attachments, second.Attachments); diff != "" {
			t.Errorf("written again it is another batch: %s", diff)
		}
	})
}
