package ledger_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func sealing(key string) ledger.Sealing {
	return func(data []byte) ledger.Hash { return sha256.Sum256(append([]byte(key), data...)) }
}

func aCode(earned ledger.Points) ledger.ClaimCode {
	var sale ledger.EntryID
	for i := range sale {
		sale[i] = byte(i + 1)
	}
	return ledger.ClaimCode{Sale: sale, Day: "2026-11-22", Last: "2026-11-29", Earned: earned}
}

// A code is read back as it was written, also keyed without dashes, in small
// letters, or with letters that look alike; changed anywhere, or made under
// another key, it is none of the store's.
func TestClaimCode(t *testing.T) {
	here := sealing("here")
	for _, earned := range []ledger.Points{0, 1, 127, 128, 1<<63 - 1} {
		c := aCode(earned)
		text, err := c.Text(here)
		if err != nil || len(text) > 110 {
			t.Fatalf("%q, %v", text, err)
		}
		keyed := strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.ToLower(text[3:]))
		for _, spelled := range []string{text, "lc1" + keyed, strings.ReplaceAll(text, "-", "")} {
			got, known, err := ledger.ReadClaimCode(spelled, here)
			if err != nil || !known || got != c {
				t.Errorf("%q is %+v, %v, %v", spelled, got, known, err)
			}
		}
		if _, known, err := ledger.ReadClaimCode(text, sealing("there")); known || err != nil {
			t.Errorf("at another store: %v, %v", known, err)
		}
		for i := len("LC1-"); i < len(text); i++ {
			changed := []byte(text)
			if changed[i] == '-' {
				continue
			}
			changed[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(strings.IndexByte("0123456789ABCDEFGHJKMNPQRSTVWXYZ", changed[i])+1)%32]
			if got, known, err := ledger.ReadClaimCode(string(changed), here); err == nil && (known || got == c && i > 12) {
				t.Errorf("%s is taken for a code: %+v", changed, got)
			}
		}
	}
	for _, text := range []string{"", "LC1", "LC1-", "LC1-00000", "LC2-00000", "LC1-" + strings.Repeat("0", 300), "12345678"} {
		if _, _, err := ledger.ReadClaimCode(text, here); !errors.Is(err, ledger.ErrNoCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, c := range []ledger.ClaimCode{{}, aCode(-1), {Sale: aCode(1).Sale, Day: "1969-12-31", Last: "2026-11-29"}} {
		if text, err := c.Text(here); err == nil {
			t.Errorf("%+v is %s", c, text)
		}
	}
}

// What is read as a code of the store is what it wrote.
func FuzzReadClaimCode(f *testing.F) {
	here := sealing("here")
	for _, earned := range []ledger.Points{0, 128, 1<<63 - 1} {
		text, _ := aCode(earned).Text(here)
		f.Add(text)
		f.Add(strings.ToLower(text))
		f.Add(text[:len(text)-1])
	}
	f.Add("LC1-")
	f.Fuzz(func(t *testing.T, text string) {
		c, known, err := ledger.ReadClaimCode(text, here)
		if err != nil || !known {
			return
		}
		again, err := c.Text(here)
		if err != nil {
			t.Fatal(err)
		}
		if same, _, err := ledger.ReadClaimCode(again, here); err != nil || same != c {
			t.Fatalf("%q is %+v, and %q is %+v, %v", text, c, again, same, err)
		}
	})
}
