package appcode_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
)

// A headquarters, an app and a member, from fixed seeds.
var (
	headquarters = ed25519.NewKeyFromSeed([]byte(strings.Repeat("h", 32)))
	app          = ed25519.NewKeyFromSeed([]byte(strings.Repeat("a", 32)))
	chain        = ledger.ChainID{1}
	noon         = ledger.Millis(1_795_780_800_000)
)

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func certificate() appcode.Certificate {
	return appcode.Certificate{Account: ledger.AccountID{2}, Member: ledger.MemberID{3}, Key: public(app), NotAfter: noon.Add(30 * 24 * time.Hour)}
}

func sign(t testing.TB, c appcode.Certificate, by ed25519.PrivateKey) appcode.Signed {
	t.Helper()
	signed, err := c.Sign(by)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func line() ledger.KeyChain { return ledger.NewKeyChain(chain, public(headquarters)) }

// What an app shows says who it is of, is taken by whoever has headquarters' public
// key, has the length that the package promises, and fits one QR code of 57 modules.
func TestShown(t *testing.T) {
	signed := sign(t, certificate(), headquarters)
	text := signed.Show(app, noon)
	if len(text) != 308 || appcode.Letters != 308 {
		t.Errorf("%d letters, and %d are promised", len(text), appcode.Letters)
	}
	code, err := qr.Encode(text, qr.M, qr.AlphaNumeric)
	if err != nil || code.Bounds().Dx() != 57 {
		t.Fatalf("a QR code of %v modules: %v", code.Bounds(), err)
	}
	read, err := appcode.Read(text)
	if err != nil || !appcode.Is(text) {
		t.Fatalf("read: %v", err)
	}
	if diff := cmp.Diff(certificate(), read.Certificate); diff != "" {
		t.Error(diff)
	}
	if err := read.Verify(line(), noon); err != nil {
		t.Errorf("not taken: %v", err)
	}
}

// A certificate survives its way to the app, and no other text is one.
func TestCertificateText(t *testing.T) {
	signed := sign(t, certificate(), headquarters)
	text, err := signed.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var again appcode.Signed
	if err := again.UnmarshalText(text); err != nil || again != signed {
		t.Errorf("read again: %v", err)
	}
	for _, bad := range []string{"", "AAAA", string(text[1:]), string(text) + "A", "B" + string(text[1:]), string(text) + "\n"} {
		if err := new(appcode.Signed).UnmarshalText([]byte(bad)); !errors.Is(err, appcode.ErrCertificate) {
			t.Errorf("%q is read: %v", bad, err)
		}
	}
	for name, spoil := range map[string]func(*appcode.Certificate){
		"nobody":    func(c *appcode.Certificate) { c.Account = ledger.AccountID{} },
		"no member": func(c *appcode.Certificate) { c.Member = ledger.MemberID{} },
		"no key":    func(c *appcode.Certificate) { c.Key = nil },
		"long ago":  func(c *appcode.Certificate) { c.NotAfter = -1 },
		"too far":   func(c *appcode.Certificate) { c.NotAfter = ledger.Millis(1<<32) * 1000 },
	} {
		c := certificate()
		spoil(&c)
		if _, err := c.Sign(headquarters); !errors.Is(err, appcode.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each reason for which a code is not taken has its own error.
func TestNotTaken(t *testing.T) {
	successor := ed25519.NewKeyFromSeed([]byte(strings.Repeat("s", 32)))
	announced, err := ledger.SignSuccession(chain, headquarters, successor, noon, noon)
	if err != nil {
		t.Fatal(err)
	}
	knows, grew := line().Learn([]ledger.SignedSuccession{announced})
	if !grew {
		t.Fatal("the succession is not taken")
	}
	moved, _ := knows.Hear(public(successor))
	old := sign(t, certificate(), headquarters)
	fresh := sign(t, certificate(), successor)
	short := certificate()
	short.NotAfter = noon.Add(-time.Second)
	for _, c := range []struct {
		name string
		text string
		line ledger.KeyChain
		want error
	}{
		{"while either key signs, of the old one", old.Show(app, noon), knows, nil},
		{"while either key signs, of the new one", fresh.Show(app, noon), knows, nil},
		{"of the new key, once it alone signs", fresh.Show(app, noon), moved, nil},
		{"of a retired key", old.Show(app, noon), moved, appcode.ErrRetiredKey},
		{"of a key that is not known yet", fresh.Show(app, noon), line(), appcode.ErrUnknownKey},
		{"of another's app", old.Show(successor, noon), line(), appcode.ErrWrongKey},
		{"expired", sign(t, short, headquarters).Show(app, noon), line(), appcode.ErrExpired},
		{"a step early", old.Show(app, noon.Add(appcode.Step)), line(), nil},
		{"a step late", old.Show(app, noon.Add(-appcode.Step)), line(), nil},
		{"two steps early", old.Show(app, noon.Add(2*appcode.Step)), line(), appcode.ErrNotNow},
		{"two steps late", old.Show(app, noon.Add(-2*appcode.Step)), line(), appcode.ErrNotNow},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, err := appcode.Read(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if err := code.Verify(c.line, noon); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// A code with any one letter changed is never taken.
func TestChangedCode(t *testing.T) {
	signed := sign(t, certificate(), headquarters)
	text := signed.Show(app, noon)
	for i := range text {
		changed := []byte(text)
		changed[i] = 'A'
		if text[i] == 'A' {
			changed[i] = 'B'
		}
		code, err := appcode.Read(string(changed))
		if err == nil {
			err = code.Verify(line(), noon)
		}
		if err == nil {
			t.Errorf("taken with letter %d changed", i)
		}
	}
	for _, cut := range []string{"", text[:20], text[:len(text)-1], text + ".", text[1:], strings.ToLower(text)} {
		if _, err := appcode.Read(cut); !errors.Is(err, appcode.ErrForm) {
			t.Errorf("%d letters are read: %v", len(cut), err)
		}
	}
}
