package keys_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// Whatever prints a private value, alone or inside another one, shows no part
// of it.
func TestPrivateValuesMask(t *testing.T) {
	identity, err := keys.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	secret, lookup, signer := keys.NewSecret("hunter2-hunter2"), keys.NewLookup(), keys.NewSigner()
	master, data := keys.NewMasterKey(), keys.NewDataKey()
	for _, c := range []struct {
		name, plain string
		value       any
		holder      any
	}{
		{"secret", secret.Reveal(), secret, struct{ hidden keys.Secret }{secret}},
		{"lookup", lookup.Reveal(), lookup, struct{ hidden keys.Lookup }{lookup}},
		{"signer", signer.Reveal(), signer, struct{ hidden keys.Signer }{signer}},
		{"master key", master.Reveal(), master, struct{ hidden keys.MasterKey }{master}},
		{"data key", data.Reveal(), data, struct{ hidden keys.DataKey }{data}},
		{"identity", identity.Reveal(), identity, struct{ hidden keys.Identity }{identity}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
				if got := fmt.Sprintf(verb, c.value); verb != "%T" && got != "***" {
					t.Errorf("%s prints %q", verb, got)
				}
				fmt.Fprintf(&out, verb+verb+verb, c.value, &c.value, c.holder)
			}
			text, err := json.Marshal(map[string]any{"k": c.value})
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"k":"***"}`; string(text) != want {
				t.Errorf("JSON is %s", text)
			}
			logger := zerolog.New(&out)
			logger.Info().Interface("a", c.value).Any("b", c.holder).Msg("x")
			fmt.Fprint(&out, errors.New(fmt.Sprint(c.value)))
			for _, form := range spellings(c.plain) {
				if strings.Contains(out.String(), form) {
					t.Errorf("%q shows up", form)
				}
			}
		})
	}
}

// spellings are pieces of a secret as fmt might show them.
func spellings(plain string) []string {
	piece := plain[len(plain)/2:]
	return []string{piece, hex.EncodeToString([]byte(piece)), strings.Trim(fmt.Sprint([]byte(piece)), "[]")}
}

// A secret is read from JSON and given only by Reveal.
func TestSecretReads(t *testing.T) {
	var v struct{ Token keys.Secret }
	if err := json.Unmarshal([]byte(`{"Token":"abc"}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.Token.Reveal() != "abc" || (keys.Secret{}).Reveal() != "" {
		t.Errorf("revealed %q", v.Token.Reveal())
	}
}

// The hash is the one that protocol and headquarters agree on; computed with
// openssl dgst -sha256 -mac HMAC over "phone\0+905321234567" and a zero key.
func TestLookupHash(t *testing.T) {
	zero, err := keys.ParseLookup(strings.Repeat("A", 43))
	if err != nil {
		t.Fatal(err)
	}
	got := zero.Hash("phone", "+905321234567")
	if diff := cmp.Diff("01e4b2fd082a9d72bacdf9285157a505", hex.EncodeToString(got[:])); diff != "" {
		t.Error(diff)
	}
	if zero.Hash("a", "b") == zero.Hash("ab", "") || zero.Hash("card", "1") == zero.Hash("phone", "1") {
		t.Error("kinds run together")
	}
	if a, b := keys.NewLookup(), keys.NewLookup(); a.Hash("phone", "1") == b.Hash("phone", "1") {
		t.Error("two keys hash alike")
	}
}

// Keys survive being written down.
func TestParseRoundTrip(t *testing.T) {
	lookup, signer, master := keys.NewLookup(), keys.NewSigner(), keys.NewMasterKey()
	if again, err := keys.ParseLookup(lookup.Reveal()); err != nil || again.Hash("a", "b") != lookup.Hash("a", "b") {
		t.Errorf("lookup: %v", err)
	}
	if again, err := keys.ParseSigner(signer.Reveal()); err != nil || !again.Public().Equal(signer.Public()) {
		t.Errorf("signer: %v", err)
	}
	if again, err := keys.ParseMasterKey(master.Reveal()); err != nil || again.Reveal() != master.Reveal() {
		t.Errorf("master key: %v", err)
	}
	for _, text := range []string{"", "AAAA", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("A", 42) + "B",
		strings.Repeat("A", 43) + "=", strings.Repeat("A", 43) + "\n", strings.Repeat("A", 20) + "\n" + strings.Repeat("A", 22), strings.Repeat("!", 43)} {
		if _, err := keys.ParseLookup(text); err == nil {
			t.Errorf("%q accepted", text)
		} else if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
	if _, err := keys.ParseIdentity("AGE-SECRET-KEY-1CANARY"); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("identity: %v", err)
	}
}

// A person's field opens under that person's key, in its own place only.
func TestPersonFields(t *testing.T) {
	master, data := keys.NewMasterKey(), keys.NewDataKey()
	wrapped := master.WrapKey("acc-1", data)
	data2, err := master.UnwrapKey("acc-1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	sealed := data.SealField("acc-1", "phone", 3, []byte("+905321234567"))
	if strings.Contains(string(sealed), "5321234567") {
		t.Error("not encrypted")
	}
	plain, err := data2.OpenField("acc-1", "phone", 3, sealed)
	if err != nil || string(plain) != "+905321234567" {
		t.Fatalf("%q, %v", plain, err)
	}
	if string(sealed) == string(data.SealField("acc-1", "phone", 3, plain)) {
		t.Error("two ciphertexts are alike: the nonce repeats")
	}

	changed := append([]byte(nil), sealed...)
	changed[len(changed)-1] ^= 1
	for name, try := range map[string]func() error{
		"account":       func() error { _, err := data.OpenField("acc-2", "phone", 3, sealed); return err },
		"field":         func() error { _, err := data.OpenField("acc-1", "name", 3, sealed); return err },
		"version":       func() error { _, err := data.OpenField("acc-1", "phone", 4, sealed); return err },
		"boundary":      func() error { _, err := data.OpenField("acc-1phone", "", 3, sealed); return err },
		"key":           func() error { _, err := keys.NewDataKey().OpenField("acc-1", "phone", 3, sealed); return err },
		"bytes":         func() error { _, err := data.OpenField("acc-1", "phone", 3, changed); return err },
		"nothing":       func() error { _, err := data.OpenField("acc-1", "phone", 3, nil); return err },
		"wrap account":  func() error { _, err := master.UnwrapKey("acc-2", wrapped); return err },
		"wrap master":   func() error { _, err := keys.NewMasterKey().UnwrapKey("acc-1", wrapped); return err },
		"field as wrap": func() error { _, err := master.UnwrapKey("acc-1", sealed); return err },
	} {
		if err := try(); !errors.Is(err, keys.ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An attachment opens at headquarters only, and not after a change.
func TestAttachment(t *testing.T) {
	hq, err := keys.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	cipher, sum, err := keys.SealAttachment(hq.Recipient(), []byte("+905321234567"))
	if err != nil {
		t.Fatal(err)
	}
	if sum == [32]byte{} || strings.Contains(string(cipher), "5321234567") {
		t.Error("not sealed")
	}
	restored, err := keys.ParseIdentity(hq.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := keys.OpenAttachment(restored, cipher)
	if err != nil || string(plain) != "+905321234567" {
		t.Errorf("%q, %v", plain, err)
	}
	other, err := keys.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.OpenAttachment(other, cipher); !errors.Is(err, keys.ErrOpen) {
		t.Errorf("another identity: %v", err)
	}
	for _, cut := range []int{0, len(cipher) / 2, len(cipher) - 1} {
		if _, err := keys.OpenAttachment(hq, cipher[:cut]); !errors.Is(err, keys.ErrOpen) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	if _, _, err := keys.SealAttachment("age1nobody", nil); err == nil {
		t.Error("bad recipient accepted")
	}
}

type keyFile struct {
	Lookup string `json:"lookup"`
	URL    string `json:"url,omitempty"`
}

// A key file is private, replaced in one step, and read strictly.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	for _, want := range []keyFile{{Lookup: "one"}, {Lookup: "two", URL: "https://hq"}} {
		if err := keys.WriteFile(path, want); err != nil {
			t.Fatal(err)
		}
		var got keyFile
		if err := keys.ReadFile(path, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	if err := keys.WriteFile(path, map[string]any{"k": keys.NewLookup()}); err == nil {
		t.Error("a masked key was written")
	}
	if err := keys.ReadFile(filepath.Join(dir, "none"), new(keyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := keys.ReadFile(path, new(keyFile)); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by the group: %v", err)
	}
}

func TestFileRefusesLooseJSON(t *testing.T) {
	for _, text := range []string{"", "{", `{"lookup":"canary"} {}`, `{"lookup":"canary","other":1}`, `{"lookup":12345678}`, `{"lookup":"x"}]`} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := keys.ReadFile(path, new(keyFile))
		if err == nil {
			t.Errorf("%s accepted", text)
		} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "12345678") {
			t.Errorf("the error shows a value: %v", err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	lookup := keys.NewLookup()
	for b.Loop() {
		lookup.Hash("phone", "+905321234567")
	}
}
